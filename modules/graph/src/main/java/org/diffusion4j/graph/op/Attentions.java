package org.diffusion4j.graph.op;

import org.diffusion4j.graph.build.ShapedVariable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

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
        SameDiff sd = query.sameDiff();
        long width = query.size(2) / heads;
        SDVariable scores = sd.mmul(heads(query, heads), heads(key, heads), false, true, false)
                .mul(1 / Math.sqrt((double) width));
        SDVariable mixed = sd.mmul(sd.nn().softmax(scores, 3), heads(value, heads));
        return new ShapedVariable(sd.reshape(sd.permute(mixed, 0, 2, 1, 3), query.shape()), query.shape());
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
