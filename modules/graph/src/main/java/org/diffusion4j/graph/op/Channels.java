package org.diffusion4j.graph.op;

import org.diffusion4j.graph.build.ShapedVariable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Joining and splitting of channels.
 */
public final class Channels {
    private Channels() {}

    /**
     * Joins two images along their channels.
     *
     * @param a [N, A, H, W]
     * @param b [N, B, H, W]
     * @return [N, A + B, H, W]
     */
    public static ShapedVariable concat(ShapedVariable a, ShapedVariable b) {
        SameDiff sd = a.sameDiff();
        return new ShapedVariable(
                sd.concat(1, a.variable(), b.variable()), a.size(0), a.size(1) + b.size(1), a.size(2), a.size(3));
    }

    /**
     * Splits the last dimension into two halves.
     *
     * @param x [N, 2C]
     * @return [N, C] twice
     */
    public static ShapedVariable[] halves(ShapedVariable x) {
        SameDiff sd = x.sameDiff();
        SDVariable[] parts = sd.split(x.variable(), 2, x.rank() - 1);
        long[] shape = x.shape();
        shape[shape.length - 1] /= 2;
        return new ShapedVariable[] {new ShapedVariable(parts[0], shape), new ShapedVariable(parts[1], shape)};
    }
}
