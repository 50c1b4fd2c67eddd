package org.diffusion4j.engine.rewrite;

import java.util.Arrays;
import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.NormOp.GroupNorm;
import org.diffusion4j.engine.ir.NormOp.Grouping;
import org.diffusion4j.engine.ir.ReductionOp.Mean;
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
        Binary divide = uses.inner(back.x(), Binary.Kind.DIVIDE);
        Binary centered = divide == null ? null : Uses.made(divide.left(), Binary.Kind.SUBTRACT);
        Unary root = divide == null ? null : uses.inner(divide.right(), Function.Kind.SQRT);
        if (centered == null || root == null) {
            return null;
        }
        Unary eps = uses.inner(root.x(), Function.Kind.ADD);
        Mean variance = eps == null ? null : uses.inner(eps.x(), Mean.class);
        Unary square = variance == null ? null : uses.inner(variance.x(), Function.Kind.SQUARE);
        Mean mean = uses.inner(centered.right(), Mean.class);
        Reshape grouped = Uses.made(centered.left(), Reshape.class);
        if (square == null || mean == null || grouped == null) {
            return null;
        }
        Value groups = centered.left();
        boolean once = square.x() == divide.left()
                && mean.x() == groups
                && uses.of(divide.left()) == 2
                && uses.of(groups) == 2;
        if (!once || !isOverLastOfThree(mean) || !isOverLastOfThree(variance)) {
            return null;
        }
        return areOfChannels(groups, grouped.x()) && grouped.x().sameShape(last.output())
                ? new GroupNorm(
                        grouped.x(), new Grouping(groups.size(1), eps.function().scalar(), Kernels.Activation.NONE))
                : null;
    }

    private static boolean isOverLastOfThree(Mean mean) {
        return mean.x().rank() == 3 && Arrays.equals(mean.dimensions(), new int[] {2});
    }

    private static boolean areOfChannels(Value groups, Value image) {
        return image.rank() == 4 && groups.size(0) == image.size(0) && image.size(1) % groups.size(1) == 0;
    }
}
