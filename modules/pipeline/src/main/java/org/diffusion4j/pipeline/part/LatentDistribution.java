package org.diffusion4j.pipeline.part;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * What an encoder knows of the latents of its pictures: a normal distribution for each number, Kingma and Welling 2014
 * (arXiv:1312.6114).
 *
 * @param mean the most probable latents, [N, L, h, w]
 * @param logvar the logarithms of the variances, in [-30, 20], [N, L, h, w]
 */
public record LatentDistribution(INDArray mean, INDArray logvar) {
    private static final double LEAST_LOGVAR = -30;
    private static final double MOST_LOGVAR = 20;

    /**
     * The distribution that an encoder's output stands for.
     *
     * @param moments [N, 2L, h, w]: means, then logarithms of variances, which are cut to their range
     * @return the distribution, which has copies
     */
    public static LatentDistribution of(INDArray moments) {
        long channels = moments.size(1) / 2;
        INDArray mean = moments.get(all(), interval(0, channels)).dup('c');
        INDArray logvar = moments.get(all(), interval(channels, 2 * channels)).dup('c');
        return new LatentDistribution(
                mean, Transforms.min(Transforms.max(logvar, LEAST_LOGVAR, false), MOST_LOGVAR, false));
    }

    /**
     * The standard deviations.
     *
     * @return a new array, [N, L, h, w]
     */
    public INDArray std() {
        return Transforms.exp(logvar.mul(0.5), false);
    }

    /**
     * Draws latents.
     *
     * @param noise standard normal numbers, [N, L, h, w]
     * @return a new array, [N, L, h, w]
     */
    public INDArray sample(INDArray noise) {
        return std().muli(noise).addi(mean);
    }

    /**
     * How far the distribution is from the standard normal one: the Kullback–Leibler divergence in nats.
     *
     * @return one number for each picture
     */
    public double[] kl() {
        double[] kl = new double[Math.toIntExact(mean.size(0))];
        int each = Math.toIntExact(mean.length() / kl.length);
        float[] means = mean.data().getFloatsAt(mean.offset(), Math.toIntExact(mean.length()));
        float[] logs = logvar.data().getFloatsAt(logvar.offset(), Math.toIntExact(logvar.length()));
        for (int i = 0; i < means.length; i++) {
            double m = means[i];
            double log = logs[i];
            kl[i / each] += 0.5 * (m * m + Math.exp(log) - 1 - log);
        }
        return kl;
    }
}
