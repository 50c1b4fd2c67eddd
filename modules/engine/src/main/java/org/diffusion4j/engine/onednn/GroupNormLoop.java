package org.diffusion4j.engine.onednn;

import org.diffusion4j.kernels.Kernels;

/**
 * Group norm, the embedding before it, the scale and shift after it and the activation in two passes over an image: the
 * first for the sums of each channel, from which all else becomes one scale and shift a channel; the second for these.
 */
final class GroupNormLoop implements Runnable {
    private final Kernels kernels;
    private final Buffer x;
    private final Buffer y;
    private final int images;
    private final int positions;
    private final int channels;
    private final int groups;
    private final double eps;
    private final Kernels.Activation activation;
    private final float[] weight;
    private final float[] bias;
    private final Buffer embedding;
    private final Buffer scaleOf;
    private final Buffer shiftOf;
    private final float[] sums;
    private final float[] squares;
    private final float[] scale;
    private final float[] shift;
    private final double[] means;

    GroupNormLoop(
            Kernels kernels,
            Buffer x,
            Buffer y,
            int images,
            int positions,
            int channels,
            int groups,
            double eps,
            Kernels.Activation activation,
            float[] weight,
            float[] bias,
            Buffer embedding,
            Buffer scaleOf,
            Buffer shiftOf) {
        this.kernels = kernels;
        this.x = x;
        this.y = y;
        this.images = images;
        this.positions = positions;
        this.channels = channels;
        this.groups = groups;
        this.eps = eps;
        this.activation = activation;
        this.weight = weight;
        this.bias = bias;
        this.embedding = embedding;
        this.scaleOf = scaleOf;
        this.shiftOf = shiftOf;
        this.sums = new float[channels];
        this.squares = new float[channels];
        this.scale = new float[channels];
        this.shift = new float[channels];
        this.means = new double[channels];
    }

    @Override
    public void run() {
        for (int image = 0; image < images; image++) {
            int offset = 4 * image * positions * channels;
            kernels.columnSums(x.bytes(), offset, positions, channels, sums, squares);
            int width = channels / groups;
            for (int group = 0; group < groups; group++) {
                fold(image, offset, group * width, (group + 1) * width);
            }
            kernels.affine(x.bytes(), offset, y.bytes(), offset, positions, channels, scale, shift, activation);
        }
    }

    /** The group's mean and variance from its channels' sums, which are less the first position's values. */
    private void fold(int image, int offset, int from, int to) {
        int width = to - from;
        double mean = 0;
        double within = 0;
        for (int c = from; c < to; c++) {
            double first = x.bytes().getFloat(offset + 4 * c);
            double added = embedding == null ? 0 : embedding.get((long) image * channels + c);
            means[c] = first + added + (double) sums[c] / positions;
            mean += means[c] / width;
            within += squares[c] - (double) sums[c] * sums[c] / positions;
        }
        double between = 0;
        for (int c = from; c < to; c++) {
            between += (means[c] - mean) * (means[c] - mean);
        }
        double variance = Math.max(0, within / ((double) width * positions)) + between / width;
        double inverse = 1 / Math.sqrt(variance + eps);
        for (int c = from; c < to; c++) {
            double added = embedding == null ? 0 : embedding.get((long) image * channels + c);
            double a = inverse * (weight == null ? 1 : weight[c]);
            double b = (added - mean) * a + (bias == null ? 0 : bias[c]);
            long at = (long) image * channels + c;
            double outer = scaleOf == null ? 1 : scaleOf.get(at);
            scale[c] = (float) (a * outer);
            shift[c] = (float) (b * outer + (shiftOf == null ? 0 : shiftOf.get(at)));
        }
    }
}
