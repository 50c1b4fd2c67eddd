package org.diffusion4j.graph.op;

import java.util.Arrays;
import java.util.Locale;
import org.diffusion4j.graph.build.ShapedVariable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.PadMode;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Attention, and the conversion of images to the sequences that it works on.
 */
public final class Attentions {
    private Attentions() {}

    /**
     * Multi-head attention, softmax(q·kᵀ/√d)·v: Vaswani et al. 2017 (arXiv:1706.03762), section 3.2.
     *
     * @param query [N, S, heads·d]
     * @param key [N, L, heads·d]
     * @param value [N, L, heads·d]
     * @param heads a divisor of the last dimension
     * @return [N, S, heads·d]
     */
    public static ShapedVariable attention(ShapedVariable query, ShapedVariable key, ShapedVariable value, int heads) {
        return attention(query, key, value, heads, null, false);
    }

    /**
     * Multi-head attention with masks, softmax(q·kᵀ/√d + mask)·v.
     *
     * @param query [N, S, heads·d]
     * @param key [N, L, heads·d]
     * @param value [N, L, heads·d]
     * @param heads a divisor of the last dimension
     * @param keyBias what is added to the scores of each key, [N, L], such as a {@link #keyBias}; null for none
     * @param causal whether a query sees only the keys up to its own position; S must be L then
     * @return [N, S, heads·d]
     */
    public static ShapedVariable attention(
            ShapedVariable query,
            ShapedVariable key,
            ShapedVariable value,
            int heads,
            SDVariable keyBias,
            boolean causal) {
        SameDiff sd = query.sameDiff();
        long width = query.size(2) / heads;
        SDVariable scores = sd.mmul(heads(query, heads), heads(key, heads), false, true, false)
                .mul(1 / Math.sqrt((double) width));
        if (keyBias != null) {
            scores = scores.add(sd.reshape(keyBias, -1, 1, 1, key.size(1)));
        }
        if (causal) {
            scores = scores.add(causalMask(sd, query, key));
        }
        SDVariable mixed = sd.mmul(sd.nn().softmax(scores, 3), heads(value, heads));
        return new ShapedVariable(sd.reshape(sd.permute(mixed, 0, 2, 1, 3), query.shape()), query.shape());
    }

    /** Minus infinity behind the diagonal and zero elsewhere, [1, 1, S, L]. */
    private static SDVariable causalMask(SameDiff sd, ShapedVariable query, ShapedVariable key) {
        int length = Math.toIntExact(query.size(1));
        if (key.size(1) != length) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "causal attention: expected %d keys for %d queries, found %d",
                    length,
                    length,
                    key.size(1)));
        }
        float[] numbers = new float[length * length];
        for (int row = 0; row < length; row++) {
            Arrays.fill(numbers, row * length + row + 1, (row + 1) * length, Float.NEGATIVE_INFINITY);
        }
        INDArray mask = Nd4j.createFromArray(numbers).reshape(1, 1, length, length);
        return sd.constant(mask.castTo(query.dataType()));
    }

    /**
     * Hides keys, as diffusers does: 0 for a key that is seen and -10000 for one that isn't.
     *
     * @param mask [N, L], one for a key that is seen and zero for one that isn't, of any type
     * @param type the type of the attention's sequences
     * @return [N, L]
     */
    public static SDVariable keyBias(SDVariable mask, DataType type) {
        return mask.getSameDiff().castTo(mask, type).sub(1.0).mul(10000.0);
    }

    /**
     * Lets a bias see further keys behind those that it is for.
     *
     * @param keyBias [N, L]
     * @param more how many further keys there are
     * @return [N, L + more], with zeros at the end
     */
    public static SDVariable seeing(SDVariable keyBias, long more) {
        SameDiff sd = keyBias.getSameDiff();
        SDVariable amounts = sd.constant(Nd4j.createFromArray(new int[][] {{0, 0}, {0, Math.toIntExact(more)}}));
        return sd.nn().pad(keyBias, amounts, PadMode.CONSTANT, 0);
    }

    private static SDVariable heads(ShapedVariable x, int heads) {
        SameDiff sd = x.sameDiff();
        return sd.permute(sd.reshape(x.variable(), -1, x.size(1), heads, x.size(2) / heads), 0, 2, 1, 3);
    }

    /**
     * Turns an image into the sequence of its positions.
     *
     * @param x [N, C, H, W]
     * @return [N, H·W, C]
     */
    public static ShapedVariable toSequence(ShapedVariable x) {
        SameDiff sd = x.sameDiff();
        long positions = x.size(2) * x.size(3);
        SDVariable rows = sd.reshape(x.variable(), -1, x.size(1), positions);
        return new ShapedVariable(sd.permute(rows, 0, 2, 1), x.size(0), positions, x.size(1));
    }

    /**
     * Turns a sequence of positions into an image.
     *
     * @param x [N, H·W, C]
     * @param height H
     * @param width W
     * @return [N, C, H, W]
     */
    public static ShapedVariable toImage(ShapedVariable x, long height, long width) {
        SameDiff sd = x.sameDiff();
        SDVariable planes = sd.permute(x.variable(), 0, 2, 1);
        return new ShapedVariable(
                sd.reshape(planes, -1, x.size(2), height, width), x.size(0), x.size(2), height, width);
    }
}
