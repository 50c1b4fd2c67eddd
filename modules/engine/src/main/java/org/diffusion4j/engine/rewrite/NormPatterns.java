package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.NormOp.GroupNorm;
import org.diffusion4j.engine.ir.ShapeOp.Reshape;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;

/** The patterns that the rewrites around a norm look for. */
final class NormPatterns {
    private NormPatterns() {}

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
