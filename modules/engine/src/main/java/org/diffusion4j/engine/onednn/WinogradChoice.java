package org.diffusion4j.engine.onednn;

import java.util.ArrayList;
import java.util.Collections;
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

/**
 * Which of a network's convolutions use Winograd's algorithm in the forward pass. Transformed weights are four times as
 * large, so only as many are transformed as the memory is worth, those of the largest images first: each of their weights
 * saves the most arithmetic. Of the others, those whose images are large enough are transformed anew in each pass. The choice
 * depends on nothing but the network, since an image's last bits do.
 */
final class WinogradChoice {
    /** How many more bytes than plain weights the transformed ones may take in any network. */
    private static final long MORE_BYTES = 128L << 20;

    private final Set<ConvolutionOp> chosen = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Those whose transformed weights don't stay in memory. */
    private final Set<ConvolutionOp> passing = Collections.newSetFromMap(new IdentityHashMap<>());

    /** A convolution for which the algorithm is faster. */
    private record Candidate(ConvolutionOp op, Value weight, Winograd.Size size) {
        int tiles() {
            return size.across() * size.down();
        }

        /** The bytes that its transformed weights take beyond those of its weights. */
        long bytes() {
            return Float.BYTES * (size.form().products() - 9L) * size.in() * size.out();
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

    private void choose(List<Node> nodes) {
        List<Candidate> candidates = new ArrayList<>();
        for (Node node : nodes) {
            if (node.op() instanceof Convolution op) {
                Winograd.Size size = Winograd.Size.of(op.x(), node.output());
                if (Winograd.fits(op.geometry(), size, false)) {
                    candidates.add(new Candidate(op, op.weight(), size));
                }
            } else if (node.op() instanceof UpsampledConvolution op) {
                Winograd.Size size = Winograd.Size.of(WinogradForm.UPSAMPLED, op.x(), node.output());
                if (Winograd.fits(size, false)) {
                    candidates.add(new Candidate(op, op.weight(), size));
                }
            }
        }
        long left = MORE_BYTES;
        candidates.sort(Comparator.comparing(Candidate::tiles).reversed()); // it is stable
        Set<String> transformed = new HashSet<>();
        for (Candidate candidate : candidates) {
            String weight = candidate.weight.name() + ' ' + candidate.size.form();
            long bytes = transformed.contains(weight) ? 0 : candidate.bytes();
            if (bytes <= left) {
                left -= bytes;
                transformed.add(weight);
                chosen.add(candidate.op);
            } else if (Winograd.isWorthTransforming(candidate.size)) {
                passing.add(candidate.op);
                chosen.add(candidate.op);
            }
        }
    }

    /** Whether a convolution of the network, of this size, uses the algorithm. */
    boolean has(Convolution op, Winograd.Size size) {
        return training ? Winograd.fits(op.geometry(), size, true) : chosen.contains(op);
    }

    /** The same for one of a doubled image. */
    boolean has(UpsampledConvolution op, Winograd.Size size) {
        return training ? Winograd.fits(size, true) : chosen.contains(op);
    }

    /** Whether the transformed weights of a convolution that uses the algorithm stay in memory from pass to pass. */
    boolean isLasting(ConvolutionOp op) {
        return !passing.contains(op);
    }
}
