package org.diffusion4j.weights.lora;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.tensor.FileTensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The tensors of one layer, while an adapter is read. */
final class LoraModuleParts {
    private final LoraKey key;
    private final Map<LoraPart, FileTensor> parts = new EnumMap<>(LoraPart.class);
    /** For messages of what is missing: not the alpha, if there is another. */
    private FileTensor named;

    /** @param key what the name of the first tensor says */
    LoraModuleParts(LoraKey key) {
        this.key = key;
    }

    void add(LoraPart part, FileTensor tensor) {
        named = named == null || part != LoraPart.ALPHA ? tensor : named;
        FileTensor other = parts.putIfAbsent(part, tensor);
        if (other != null) {
            throw fault(
                    tensor, "expected each tensor of a layer once, found " + FileFault.quote(other.name()) + " too");
        }
        if (tensor.length() == 0) {
            throw fault(tensor, "expected numbers, found the shape " + Arrays.toString(tensor.shape()));
        }
        if (part == LoraPart.MAGNITUDE) {
            throw fault(tensor, "expected an adapter without magnitudes, found DoRA, which isn't supported");
        }
        if (part != LoraPart.ALPHA && !tensor.isFinite()) {
            throw fault(tensor, "expected finite numbers, found others");
        }
    }

    /** The layer's changes. */
    LoraModule module(PeftMetadata metadata) {
        WeightDelta weight = null;
        if (has(LoraPart.DOWN) || has(LoraPart.UP) || has(LoraPart.MID)) {
            FileTensor down = part(LoraPart.DOWN);
            weight = new LowRankDelta(
                    down, parts.remove(LoraPart.MID), part(LoraPart.UP), lowRankFactor(rank(down), metadata));
        } else if (has("HADA")) {
            HadamardDelta.Matrix first = matrix(LoraPart.HADA_W1_A, LoraPart.HADA_W1_B, LoraPart.HADA_T1);
            HadamardDelta.Matrix second = matrix(LoraPart.HADA_W2_A, LoraPart.HADA_W2_B, LoraPart.HADA_T2);
            weight = new HadamardDelta(first, second, factor(rank(first.b())));
        } else if (has("LOKR")) {
            KroneckerDelta.Factor small = factor(LoraPart.LOKR_W1, LoraPart.LOKR_W1_A, LoraPart.LOKR_W1_B, null);
            KroneckerDelta.Factor large =
                    factor(LoraPart.LOKR_W2, LoraPart.LOKR_W2_A, LoraPart.LOKR_W2_B, LoraPart.LOKR_T2);
            // The rank that alpha belongs to is that of the larger matrix, where both are of low rank.
            int rank = large.rank() > 0 ? large.rank() : small.rank();
            weight = new KroneckerDelta(small, large, rank > 0 ? factor(rank) : 1);
            parts.remove(LoraPart.ALPHA); // which has no meaning where both matrices are whole
        } else if (has(LoraPart.DIFF)) {
            weight = new WholeDelta(part(LoraPart.DIFF), 1);
        }
        WholeDelta bias = null;
        if (weight instanceof LowRankDelta low && has(LoraPart.UP_BIAS)) {
            bias = new WholeDelta(part(LoraPart.UP_BIAS), low.factor());
        } else if (has(LoraPart.DIFF_BIAS)) {
            bias = new WholeDelta(part(LoraPart.DIFF_BIAS), 1);
        }
        parts.values().forEach(left -> {
            throw fault(left, "expected a layer's tensors of one kind of adapter, found this one beside them");
        });
        return new LoraModule(key.component(), key.module(), named.name(), weight, bias);
    }

    private boolean has(LoraPart part) {
        return parts.containsKey(part);
    }

    private boolean has(String kind) {
        return parts.keySet().stream().anyMatch(part -> part.name().startsWith(kind));
    }

    private FileTensor part(LoraPart part) {
        FileTensor tensor = parts.remove(part);
        if (tensor == null) {
            throw fault(
                    named, "expected " + part.name().toLowerCase(Locale.ROOT) + " of the same layer too, found none");
        }
        return tensor;
    }

    private HadamardDelta.Matrix matrix(LoraPart a, LoraPart b, LoraPart core) {
        FileTensor left = part(a);
        FileTensor right = part(b);
        rank(left);
        rank(right);
        return new HadamardDelta.Matrix(left, right, parts.remove(core));
    }

    private KroneckerDelta.Factor factor(LoraPart whole, LoraPart a, LoraPart b, LoraPart core) {
        if (!has(a) && !has(b)) {
            return new KroneckerDelta.Factor(part(whole), null, null, null);
        }
        FileTensor left = part(a);
        FileTensor right = part(b);
        rank(left);
        rank(right);
        return new KroneckerDelta.Factor(null, left, right, core == null ? null : parts.remove(core));
    }

    private static int rank(FileTensor tensor) {
        long[] shape = tensor.shape();
        if (shape.length < 2 || shape[0] > Integer.MAX_VALUE) {
            throw fault(tensor, "expected a matrix, found the shape " + Arrays.toString(shape));
        }
        return (int) shape[0];
    }

    private double lowRankFactor(int rank, PeftMetadata metadata) {
        return has(LoraPart.ALPHA) ? factor(rank) : metadata.factor(key, rank);
    }

    private double factor(int rank) {
        FileTensor tensor = parts.remove(LoraPart.ALPHA);
        return tensor == null ? 1 : alpha(tensor) / rank;
    }

    private static double alpha(FileTensor tensor) {
        if (tensor.length() != 1) {
            throw fault(tensor, "expected one number, found the shape " + Arrays.toString(tensor.shape()));
        }
        INDArray array = tensor.array();
        double alpha = array.dataType().isFPType() ? array.getDouble(0) : array.getLong(0);
        if (!Double.isFinite(alpha)) {
            throw fault(tensor, "expected a finite number, found " + alpha);
        }
        return alpha;
    }

    private static RuntimeException fault(FileTensor tensor, String expectedAndFound) {
        return FileFault.in(tensor.file().path(), tensor.name(), expectedAndFound);
    }
}
