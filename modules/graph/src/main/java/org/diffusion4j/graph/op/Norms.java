package org.diffusion4j.graph.op;

import java.util.Arrays;
import java.util.Locale;
import org.diffusion4j.graph.build.Initial;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Normalisations. They are composed of other ops, since ND4J's own have no epsilon.
 */
public final class Norms {
    private Norms() {}

    /**
     * Group norm: Wu and He 2018 (arXiv:1803.08494).
     *
     * @param x [N, C, ...]
     * @param groups a divisor of C
     * @param weight [C] or null
     * @param bias [C] or null
     * @param eps added to the variance
     * @return the same shape
     */
    public static ShapedVariable groupNorm(
            ShapedVariable x, int groups, SDVariable weight, SDVariable bias, double eps) {
        SameDiff sd = x.sameDiff();
        long channels = x.size(1);
        if (groups < 1 || channels % groups != 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "group norm: expected groups that divide %d channels, found %d", channels, groups));
        }
        long positions = Arrays.stream(x.shape()).skip(2).reduce(1, (a, b) -> a * b);
        SDVariable grouped = sd.reshape(x.variable(), -1, groups, channels / groups * positions);
        SDVariable normalized = sd.reshape(standardized(grouped, eps, 2), x.shape());
        return x.with(affine(normalized, weight, bias, channels, x.rank()));
    }

    /**
     * Group norm that makes its own weight and bias.
     *
     * @param scope the layer's name and parameters
     * @param x [N, C, ...]
     * @param groups a divisor of C
     * @param eps added to the variance
     * @return the same shape
     */
    public static ShapedVariable groupNorm(ParameterScope scope, ShapedVariable x, int groups, double eps) {
        long channels = x.size(1);
        return groupNorm(x, groups, scope.weightOfOnes(channels), scope.biasOfZeros(channels), eps);
    }

    /**
     * A normalisation that makes its own parameters.
     *
     * @param scope the layer's name and parameters
     * @param x [N, C, ...]
     * @param norm the kind of normalisation
     * @return the same shape
     */
    public static ShapedVariable norm(ParameterScope scope, ShapedVariable x, NormSpec norm) {
        return switch (norm.type()) {
            case GROUP -> groupNorm(scope, x, norm.groups(), norm.eps());
            case LAYER -> groupNorm(scope, x, 1, norm.eps());
            case BATCH -> batchNorm(scope, x, norm.eps());
            case NONE -> x;
        };
    }

    /**
     * Layer norm over the last dimension: Ba et al. 2016 (arXiv:1607.06450).
     *
     * @param x [..., C]
     * @param weight [C] or null
     * @param bias [C] or null
     * @param eps added to the variance
     * @return the same shape
     */
    public static ShapedVariable layerNorm(ShapedVariable x, SDVariable weight, SDVariable bias, double eps) {
        SDVariable y = standardized(x.variable(), eps, x.rank() - 1);
        if (weight != null) {
            y = y.mul(weight);
        }
        return x.with(bias == null ? y : y.add(bias));
    }

    /**
     * Layer norm that makes its own weight and bias.
     *
     * @param scope the layer's name and parameters
     * @param x [..., C]
     * @param eps added to the variance
     * @return the same shape
     */
    public static ShapedVariable layerNorm(ParameterScope scope, ShapedVariable x, double eps) {
        long channels = x.size(-1);
        return layerNorm(x, scope.weightOfOnes(channels), scope.biasOfZeros(channels), eps);
    }

    /**
     * Batch norm with given statistics, as used outside of training: Ioffe and Szegedy 2015 (arXiv:1502.03167).
     *
     * @param x [N, C, H, W]
     * @param weight [C] or null
     * @param bias [C] or null
     * @param mean [C]
     * @param variance [C]
     * @param eps added to the variance
     * @return the same shape
     */
    public static ShapedVariable batchNorm(
            ShapedVariable x, SDVariable weight, SDVariable bias, SDVariable mean, SDVariable variance, double eps) {
        SameDiff sd = x.sameDiff();
        long[] channel = perChannel(x.size(1), x.rank());
        SDVariable deviation = sd.math().sqrt(sd.reshape(variance, channel).add(eps));
        SDVariable y = x.variable().sub(sd.reshape(mean, channel)).div(deviation);
        return x.with(affine(y, weight, bias, x.size(1), x.rank()));
    }

    /**
     * Batch norm with the batch's own statistics, as used in training.
     *
     * @param x [N, C, H, W]
     * @param weight [C] or null
     * @param bias [C] or null
     * @param eps added to the variance
     * @return the same shape
     */
    public static ShapedVariable batchNormTraining(ShapedVariable x, SDVariable weight, SDVariable bias, double eps) {
        return x.with(affine(standardized(x.variable(), eps, 0, 2, 3), weight, bias, x.size(1), x.rank()));
    }

    private static ShapedVariable batchNorm(ParameterScope scope, ShapedVariable x, double eps) {
        long channels = x.size(1);
        SDVariable weight = scope.weightOfOnes(channels);
        SDVariable bias = scope.biasOfZeros(channels);
        SDVariable mean = scope.parameter("running_mean", new Initial.Constant(0), false, channels);
        SDVariable variance = scope.parameter("running_var", new Initial.Constant(1), false, channels);
        return scope.training()
                ? batchNormTraining(x, weight, bias, eps)
                : batchNorm(x, weight, bias, mean, variance, eps);
    }

    private static SDVariable standardized(SDVariable x, double eps, int... dimensions) {
        SameDiff sd = x.getSameDiff();
        SDVariable centered = x.sub(sd.mean(x, true, dimensions));
        SDVariable variance = sd.mean(sd.math().square(centered), true, dimensions);
        return centered.div(sd.math().sqrt(variance.add(eps)));
    }

    private static SDVariable affine(SDVariable x, SDVariable weight, SDVariable bias, long channels, int rank) {
        SameDiff sd = x.getSameDiff();
        long[] channel = perChannel(channels, rank);
        SDVariable y = weight == null ? x : x.mul(sd.reshape(weight, channel));
        return bias == null ? y : y.add(sd.reshape(bias, channel));
    }

    private static long[] perChannel(long channels, int rank) {
        long[] shape = new long[rank];
        Arrays.fill(shape, 1);
        shape[1] = channels;
        return shape;
    }
}
