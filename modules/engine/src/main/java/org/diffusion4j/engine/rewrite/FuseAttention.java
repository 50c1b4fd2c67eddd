package org.diffusion4j.engine.rewrite;

import java.util.Arrays;
import org.diffusion4j.engine.ir.AttentionOp.Attention;
import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.ProductOp.MatrixProduct;
import org.diffusion4j.engine.ir.ReductionOp.Softmax;
import org.diffusion4j.engine.ir.ShapeOp.Permute;
import org.diffusion4j.engine.ir.ShapeOp.Reshape;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Fuses attention. The heads become views, so no element is copied. Masks are optional.
 *
 * <pre>
 * query → heads ─→ q·kᵀ → × scale → + masks → softmax ─→ ·v → permute → reshape [N, S, heads·d]          query, key, value, mask → Attention
 * key → heads ───┘                                     │
 * value → heads ───────────────────────────────────────┘          heads: reshape [N, S, heads, d] → permute [N, heads, S, d]
 *
 * masks: one number for each image and key, [N, 1, 1, L]; -∞ behind the diagonal, a constant [..., S, L]
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
        Masks masks = softmax == null ? null : Masks.of(softmax.x(), uses);
        Unary scaled = masks == null ? null : uses.inner(masks.scores, Function.Kind.MULTIPLY);
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
        double scale = scaled.function().scalar();
        return new Attention(query, key, value, masks.keyBias, heads, scale, masks.causal, null);
    }

    /**
     * What is added to scores.
     *
     * @param scores the scores without it, [N, heads, S, L]
     * @param keyBias a number for each image and key, [N, 1, 1, L]; null for none
     * @param causal whether the keys behind a query are hidden
     */
    private record Masks(Value scores, Value keyBias, boolean causal) {
        /** A number that is as good as -∞: no sum with a score is above another score. */
        private static final double HIDDEN = -1e30;

        static Masks of(Value scores, Uses uses) {
            Binary sum = uses.inner(scores, Binary.Kind.ADD);
            if (sum == null) {
                return new Masks(scores, null, false);
            }
            Masks inner = of(sum.left(), uses);
            Value mask = sum.right();
            if (inner == null) {
                return null;
            } else if (inner.keyBias == null && isForKeys(mask, sum.left())) {
                return new Masks(inner.scores, mask, inner.causal);
            }
            return !inner.causal && isCausal(mask, sum.left()) ? new Masks(inner.scores, inner.keyBias, true) : null;
        }

        private static boolean isForKeys(Value mask, Value scores) {
            return mask.rank() == 4
                    && mask.size(0) == scores.size(0)
                    && mask.size(1) == 1
                    && mask.size(2) == 1
                    && mask.size(3) == scores.size(3);
        }

        private static boolean isCausal(Value mask, Value scores) {
            int queries = scores.size(2);
            int keys = scores.size(3);
            WeightSource source = mask.parameter();
            if (source == null || mask.length() != (long) queries * keys || mask.size(mask.rank() - 1) != keys) {
                return false;
            }
            return source.use(numbers -> isCausal(numbers.reshape(queries, keys)));
        }

        private static boolean isCausal(INDArray rows) {
            int queries = rows.rows();
            int keys = rows.columns();
            for (int i = 0; i < queries; i++) {
                for (int j = 0; j < keys; j++) {
                    double number = rows.getDouble(i, j);
                    if (j <= i ? number != 0 : number > HIDDEN) {
                        return false;
                    }
                }
            }
            return true;
        }
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
