package org.diffusion4j.engine.onednn;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.diffusion4j.engine.ir.ConvolutionOp;
import org.diffusion4j.engine.ir.ConvolutionOp.Convolution;
import org.diffusion4j.engine.ir.ConvolutionOp.UpsampledConvolution;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.WinogradForm;

/**
 * Which of a network's convolutions use Winograd's algorithm in the forward pass, and in which form. Transformed weights are
 * larger, so only as many are transformed as the memory is worth, those first whose bytes save the most arithmetic: that is
 * where images are large, and the first bytes, for 16 products, save more than the further ones for 36. Of those that don't
 * get 36 products, the ones whose images are large enough are transformed anew in each pass. The choice depends on nothing but
 * the network, since an image's last bits do.
 */
final class WinogradChoice {
    /** How many more bytes than plain weights the transformed ones may take in any network. */
    private static final long MORE_BYTES = 128L << 20;

    private final IdentityHashMap<ConvolutionOp, WinogradForm> chosen = new IdentityHashMap<>();

    /** Those whose transformed weights don't stay in memory. */
    private final IdentityHashMap<ConvolutionOp, WinogradForm> passing = new IdentityHashMap<>();

    /**
     * A form of the algorithm in which a convolution may be done.
     *
     * @param before the numbers of a kernel's weights without it: 9, or 16 if it would be done in the small form
     * @param saved which share of the convolution's time it saves
     */
    private record Candidate(ConvolutionOp op, Value weight, Winograd.Size size, long before, double saved) {
        double savedPerByte() {
            return saved * size.height() * size.width() / (size.form().products() - before);
        }

        long bytes() {
            return Float.BYTES * (size.form().products() - before) * size.in() * size.out();
        }
    }

    private final boolean training;

    /**
     * Chooses.
     *
     * @param nodes the network's fused ops
     * @param training whether the parameters change, so that their transformed form lasts only for a pass; there is no limit
     *     then
     */
    WinogradChoice(List<Node> nodes, boolean training) {
        this.training = training;
        if (!training) {
            choose(nodes);
        }
    }

    private static List<Candidate> candidates(List<Node> nodes) {
        List<Candidate> candidates = new ArrayList<>();
        for (Node node : nodes) {
            Value y = node.output();
            if (node.op() instanceof Convolution op
                    && Winograd.isPossible(op.geometry(), op.weight().shape())) {
                Winograd.Size small = Winograd.Size.of(WinogradForm.SMALL, op.x(), y);
                Winograd.Size plain = Winograd.Size.of(WinogradForm.PLAIN, op.x(), y);
                candidates.add(new Candidate(op, op.weight(), small, 9, 0.5));
                candidates.add(new Candidate(op, op.weight(), plain, WinogradForm.SMALL.products(), 0.2));
            } else if (node.op() instanceof UpsampledConvolution op) {
                Winograd.Size size = Winograd.Size.of(WinogradForm.UPSAMPLED, op.x(), y);
                candidates.add(new Candidate(op, op.weight(), size, 9, 0.8));
            }
        }
        candidates.removeIf(candidate -> !Winograd.fits(candidate.size, false));
        candidates.sort(Comparator.comparing(Candidate::savedPerByte).reversed()); // it is stable
        return candidates;
    }

    private void choose(List<Node> nodes) {
        long left = MORE_BYTES;
        Set<String> transformed = new HashSet<>();
        List<Candidate> candidates = candidates(nodes);
        for (Candidate candidate : candidates) {
            String weight = candidate.weight.name() + ' ' + candidate.size.form();
            long bytes = transformed.contains(weight) ? 0 : candidate.bytes();
            if (bytes <= left) {
                left -= bytes;
                transformed.add(weight);
                chosen.put(candidate.op, candidate.size.form());
            }
        }
        for (Candidate candidate : candidates) {
            WinogradForm form = candidate.size.form();
            if (form != WinogradForm.SMALL
                    && chosen.get(candidate.op) != form
                    && Winograd.isWorthTransforming(candidate.size)) {
                passing.put(candidate.op, form);
            }
        }
    }

    /** The sizes of a convolution that uses the algorithm; null if it doesn't. */
    Winograd.Size of(Convolution op, Value y) {
        if (training) {
            return Winograd.inTraining(op.geometry(), op.weight(), op.x(), y);
        }
        return of(op, op.x(), y);
    }

    /** The same for one of a doubled image. */
    Winograd.Size of(UpsampledConvolution op, Value y) {
        if (training) {
            Winograd.Size size = Winograd.Size.of(WinogradForm.UPSAMPLED, op.x(), y);
            return Winograd.fits(size, true) ? size : null;
        }
        return of(op, op.x(), y);
    }

    private Winograd.Size of(ConvolutionOp op, Value x, Value y) {
        WinogradForm form = passing.getOrDefault(op, chosen.get(op));
        return form == null ? null : Winograd.Size.of(form, x, y);
    }

    /** Whether the transformed weights of a convolution that uses the algorithm stay in memory from pass to pass. */
    boolean isLasting(ConvolutionOp op) {
        return !passing.containsKey(op);
    }
}
