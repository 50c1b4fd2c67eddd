package org.diffusion4j.engine.rewrite;

import java.util.Arrays;
import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.NormOp.GroupNorm;
import org.diffusion4j.engine.ir.ReductionOp.Mean;
import org.diffusion4j.engine.ir.ShapeOp.Reshape;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;

/** The patterns that the rewrites around a norm look for. */
final class NormPatterns {
    private NormPatterns() {}

    /**
     * What is normalised over its last dimension.
     *
     * @param x any shape
     * @param eps added to the variance
     */
    record Standardized(Value x, double eps) {}

    /**
     * The operand of a normalisation without weights; null if the division isn't the end of one.
     *
     * <pre>
     * x ─┬────────────────→ − ─┬────────────────────────────────────────→ ÷
     *    └→ mean over the last ┘  └→ ² → mean over the last → + eps → √ ┘
     * </pre>
     */
    static Standardized standardized(Binary divide, Uses uses) {
        Binary centered = divide == null ? null : Uses.made(divide.left(), Binary.Kind.SUBTRACT);
        Unary root = divide == null ? null : uses.inner(divide.right(), Function.Kind.SQRT);
        if (centered == null || root == null) {
            return null;
        }
        Unary eps = uses.inner(root.x(), Function.Kind.ADD);
        Mean variance = eps == null ? null : uses.inner(eps.x(), Mean.class);
        Unary square = variance == null ? null : uses.inner(variance.x(), Function.Kind.SQUARE);
        Mean mean = uses.inner(centered.right(), Mean.class);
        boolean fits = square != null
                && mean != null
                && square.x() == divide.left()
                && mean.x() == centered.left()
                && uses.of(divide.left()) == 2
                && isOverTheLast(mean)
                && isOverTheLast(variance);
        return fits ? new Standardized(mean.x(), eps.function().scalar()) : null;
    }

    private static boolean isOverTheLast(Mean mean) {
        return Arrays.equals(mean.dimensions(), new int[] {mean.x().rank() - 1});
    }

    /** The parameter [C] that a value is, for a result whose last dimension is C; null if it isn't one. */
    static Value rowParameter(Value value, Value result) {
        return value.parameter() != null && value.rank() == 1 && value.size(0) == result.size(result.rank() - 1)
                ? value
                : null;
    }

    /** The norm that makes a value, if it has no activation yet and the value is read only once; otherwise null. */
    static GroupNorm inside(Value value, Uses uses) {
        GroupNorm norm = uses.inner(value, GroupNorm.class);
        return norm != null && norm.grouping().activation() == Kernels.Activation.NONE ? norm : null;
    }

    /** The parameter [C] for an image's channels that was reshaped to [1, C, 1, 1]; null if there is none. */
    static Value channelParameter(Value value, Value image) {
        Reshape reshape = Uses.made(value, Reshape.class);
        Value parameter = reshape == null ? null : reshape.x();
        return parameter != null
                        && parameter.parameter() != null
                        && parameter.rank() == 1
                        && parameter.size(0) == image.size(1)
                ? parameter
                : null;
    }

    /** Whether a value has one number per image and channel, [N, C, 1, 1], for an image that has more positions. */
    static boolean isEmbedding(Value value, Value image) {
        return value.rank() == 4
                && value.size(0) == image.size(0)
                && value.size(1) == image.size(1)
                && value.size(2) == 1
                && value.size(3) == 1
                && image.size(2) * image.size(3) > 1;
    }
}
