package org.diffusion4j.graph.op;

import org.diffusion4j.graph.build.ShapedVariable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * How an embedding of the timestep changes a hidden state.
 */
public final class Modulation {
    private Modulation() {}

    /**
     * h + e, with the embedding added at every position.
     *
     * @param h [N, C, H, W]
     * @param embedding [N, C]
     * @return the same shape as h
     */
    public static ShapedVariable addEmbedding(ShapedVariable h, ShapedVariable embedding) {
        return h.with(h.variable().add(atEveryPosition(embedding)));
    }

    /**
     * h·(1 + scale) + shift: Dhariwal and Nichol 2021 (arXiv:2105.05233), equation 3, where h is already normalised.
     *
     * @param h [N, C, H, W]
     * @param embedding [N, 2C], first the scales, then the shifts
     * @return the same shape as h
     */
    public static ShapedVariable scaleShift(ShapedVariable h, ShapedVariable embedding) {
        ShapedVariable[] halves = Channels.halves(embedding);
        return h.with(h.variable().mul(atEveryPosition(halves[0]).add(1.0)).add(atEveryPosition(halves[1])));
    }

    /**
     * γ⊙h + β: Perez et al. 2018 (arXiv:1709.07871), equation 2.
     *
     * @param h [N, C, H, W]
     * @param gamma [N, C]
     * @param beta [N, C]
     * @return the same shape as h
     */
    public static ShapedVariable film(ShapedVariable h, ShapedVariable gamma, ShapedVariable beta) {
        return h.with(h.variable().mul(atEveryPosition(gamma)).add(atEveryPosition(beta)));
    }

    /**
     * [h, e]: appends the embedding as further channels.
     *
     * @param h [N, C, H, W]
     * @param embedding [N, D]
     * @return [N, C + D, H, W]
     */
    public static ShapedVariable concatEmbedding(ShapedVariable h, ShapedVariable embedding) {
        SameDiff sd = h.sameDiff();
        SDVariable map = sd.tile(atEveryPosition(embedding), 1, 1, (int) h.size(2), (int) h.size(3));
        return Channels.concat(h, new ShapedVariable(map, h.size(0), embedding.size(1), h.size(2), h.size(3)));
    }

    private static SDVariable atEveryPosition(ShapedVariable embedding) {
        SameDiff sd = embedding.sameDiff();
        return sd.reshape(embedding.variable(), -1, embedding.size(1), 1, 1);
    }
}
