package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.NormOp.GroupNorm;
import org.diffusion4j.engine.ir.NormOp.Grouping;
import org.diffusion4j.engine.ir.ShapeOp.Reshape;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;

/**
 * Fuses a group norm without weights.
 *
 * <pre>
 * x → reshape [N, G, M] ─┬────────────→ − ─┬──────────────────────────────→ ÷ → reshape      x → GroupNorm
 *                        └→ mean over M ┘  └→ ² → mean over M → + eps → √ ┘
 * </pre>
 */
final class FuseGroupNorm implements Rewrite {
    @Override
    public GroupNorm apply(Node last, Uses uses) {
        if (!(last.op() instanceof Reshape back) || last.output().rank() < 3) {
            return null;
        }
        NormPatterns.Standardized norm = NormPatterns.standardized(uses.inner(back.x(), Binary.Kind.DIVIDE), uses);
        Reshape grouped = norm == null ? null : Uses.made(norm.x(), Reshape.class);
        return grouped != null
                        && norm.x().rank() == 3
                        && uses.of(norm.x()) == 2
                        && areOfChannels(norm.x(), grouped.x())
                        && grouped.x().sameShape(last.output())
                ? new GroupNorm(grouped.x(), new Grouping(norm.x().size(1), norm.eps(), Kernels.Activation.NONE))
                : null;
    }

    private static boolean areOfChannels(Value groups, Value image) {
        return image.rank() == 4 && groups.size(0) == image.size(0) && image.size(1) % groups.size(1) == 0;
    }
}
