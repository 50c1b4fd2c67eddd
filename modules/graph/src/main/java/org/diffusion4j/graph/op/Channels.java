package org.diffusion4j.graph.op;

import java.util.Locale;
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
     * @throws IllegalArgumentException if their sizes differ
     */
    public static ShapedVariable concat(ShapedVariable a, ShapedVariable b) {
        SameDiff sd = a.sameDiff();
        if (a.size(2) != b.size(2) || a.size(3) != b.size(3)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "sample size: expected one that these blocks halve and double again, found %dx%d where there was %dx%d",
                    a.size(2),
                    a.size(3),
                    b.size(2),
                    b.size(3)));
        }
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
