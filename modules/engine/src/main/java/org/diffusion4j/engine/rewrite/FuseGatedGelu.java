package org.diffusion4j.engine.rewrite;

import java.util.Arrays;
import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.GatedGelu;
import org.diffusion4j.engine.ir.ElementwiseOp.Gelu;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.ShapeOp.Slice;
import org.diffusion4j.engine.ir.Value;

/**
 * Fuses a gated linear unit, so that its halves need no copies.
 *
 * <pre>
 * x [..., 2·C] ─┬→ first half ──────────→ ×          x → GatedGelu
 *               └→ second half → Gelu ────┘
 * </pre>
 */
final class FuseGatedGelu implements Rewrite {
    @Override
    public GatedGelu apply(Node last, Uses uses) {
        Binary product = Uses.is(last, Binary.Kind.MULTIPLY);
        Gelu gelu = product == null ? null : uses.inner(product.right(), Gelu.class);
        Slice value = gelu == null ? null : uses.inner(product.left(), Slice.class);
        Slice gate = value == null ? null : uses.inner(gelu.x(), Slice.class);
        return gate != null
                        && value.x() == gate.x()
                        && isHalf(value, last.output(), 0)
                        && isHalf(gate, last.output(), 1)
                ? new GatedGelu(value.x(), gelu.form())
                : null;
    }

    /** Whether a slice is the first or second half of its operand's last dimension and all of the others. */
    private static boolean isHalf(Slice slice, Value result, int which) {
        int axis = result.rank() - 1;
        long[] whole = result.shape();
        long[] begin = new long[whole.length];
        begin[axis] = which * whole[axis];
        whole[axis] *= 2;
        return Arrays.equals(slice.x().shape(), whole) && Arrays.equals(slice.begin(), begin);
    }
}
