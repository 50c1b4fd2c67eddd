package org.diffusion4j.graph.op;

import java.util.Arrays;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Dropout whose masks are a function of a seed.
 */
public final class Dropout {
    private Dropout() {}

    /**
     * Dropout (Srivastava et al. 2014): a share of the elements becomes zero, the others are scaled up. The mask is a hash
     * of seed, layer and position, since ND4J's random ops repeat themselves within a session and take no seed.
     *
     * @param x [N, ...]
     * @param share the share of elements that is dropped, in [0, 1)
     * @param seed [N], any numbers, a different one for each image and step
     * @param layer a number that makes the masks of one network's layers different
     * @return the same shape
     */
    public static ShapedVariable dropout(ShapedVariable x, double share, SDVariable seed, int layer) {
        SameDiff sd = x.sameDiff();
        long[] image = x.shape();
        image[0] = 1;
        long positions = Arrays.stream(image).reduce(1, (a, b) -> a * b);
        SDVariable position =
                sd.range(0, (double) positions, 1, DataType.DOUBLE).reshape(1, positions);
        SDVariable phase = sd.castTo(seed, DataType.DOUBLE)
                .mul(0.7548776662466927)
                .add(layer * 0.5698402909980532)
                .reshape(-1, 1);
        // The mask is a sequence of low discrepancy, scrambled by two quadratic maps. It needs neither integers nor
        // sines,
        // so every engine computes the same.
        SDVariable hash = fraction(position.mul(0.6180339887498949).add(phase));
        hash = fraction(hash.add(31.7).mul(hash.add(7.3)).mul(1027.3));
        SDVariable uniform = fraction(hash.add(19.1).mul(hash.add(3.7)).mul(2053.9));
        SDVariable kept = sd.castTo(sd.gte(uniform, share), x.dataType());
        return x.with(x.variable().mul(sd.reshape(kept, x.shape())).div(1 - share));
    }

    private static SDVariable fraction(SDVariable x) {
        SameDiff sd = x.getSameDiff();
        return x.sub(sd.math().floor(x));
    }

    /**
     * Dropout, if the scope has a seed for it.
     *
     * @param scope the block's scope, whose name makes its masks different from those of other blocks
     * @param x [N, ...]
     * @param share the share of elements that is dropped, in [0, 1)
     * @return the same shape
     */
    public static ShapedVariable dropout(ParameterScope scope, ShapedVariable x, double share) {
        return scope.dropoutSeed() == null || share == 0
                ? x
                : dropout(x, share, scope.dropoutSeed(), scope.prefix().hashCode() % 10_000);
    }
}
