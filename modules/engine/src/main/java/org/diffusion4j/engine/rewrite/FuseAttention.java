package org.diffusion4j.engine.rewrite;

import java.util.Arrays;
import org.diffusion4j.engine.ir.AttentionOp.Attention;
import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.ProductOp.MatrixProduct;
import org.diffusion4j.engine.ir.ReductionOp.Softmax;
import org.diffusion4j.engine.ir.ShapeOp.Permute;
import org.diffusion4j.engine.ir.ShapeOp.Reshape;
import org.diffusion4j.engine.ir.Value;

/**
 * Fuses attention. The heads become views, so no element is copied.
 *
 * <pre>
 * query → heads ─→ q·kᵀ → × scale → softmax ─→ ·v → permute → reshape [N, S, heads·d]          query, key, value → Attention
 * key → heads ───┘                           │
 * value → heads ─────────────────────────────┘          heads: reshape [N, S, heads, d] → permute [N, heads, S, d]
 * </pre>
 */
final class FuseAttention implements Rewrite {
    @Override
    public Attention apply(Node last, Uses uses) {
        if (!(last.op() instanceof Reshape reshape) || last.output().rank() != 3) {
            return null;
        }
        Permute back = uses.inner(reshape.x(), Permute.class);
        if (back == null || !swapsHeads(back)) {
            return null;
        }
        MatrixProduct mixed = uses.inner(back.x(), MatrixProduct.class);
        Softmax softmax = mixed == null ? null : uses.inner(mixed.left(), Softmax.class);
        Unary scaled = softmax == null ? null : uses.inner(softmax.x(), Function.Kind.MULTIPLY);
        MatrixProduct scores = scaled == null ? null : uses.inner(scaled.x(), MatrixProduct.class);
        if (scores == null || !transposes(scores, false, true) || !transposes(mixed, false, false)) {
            return null;
        }
        Value query = headsOf(scores.left(), uses);
        Value key = headsOf(scores.right(), uses);
        Value value = headsOf(mixed.right(), uses);
        if (query == null || key == null || value == null || !query.sameShape(last.output())) {
            return null;
        }
        int heads = scaled.x().size(1);
        return new Attention(query, key, value, heads, scaled.function().scalar(), null);
    }

    private static boolean swapsHeads(Permute permute) {
        return Arrays.equals(permute.order(), new int[] {0, 2, 1, 3});
    }

    private static boolean transposes(MatrixProduct product, boolean left, boolean right) {
        return product.transposeLeft() == left && product.transposeRight() == right;
    }

    /** The sequence that was reshaped to [N, S, heads, d] and permuted to [N, heads, S, d]; null if there is none. */
    private static Value headsOf(Value value, Uses uses) {
        Permute permute = uses.inner(value, Permute.class);
        if (permute == null || !swapsHeads(permute)) {
            return null;
        }
        Reshape reshape = uses.inner(permute.x(), Reshape.class);
        Value sequence = reshape == null ? null : reshape.x();
        return sequence != null
                        && sequence.rank() == 3
                        && sequence.size(0) == permute.x().size(0)
                        && sequence.size(1) == permute.x().size(1)
                ? sequence
                : null;
    }
}
