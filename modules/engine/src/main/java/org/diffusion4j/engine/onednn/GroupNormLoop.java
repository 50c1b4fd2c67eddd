package org.diffusion4j.engine.onednn;

import java.nio.ByteBuffer;
import org.diffusion4j.engine.ir.NormOp.Grouping;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;

/**
 * Group norm with the embedding before it and the scale, shift and activation after it, in two passes over an image. The
 * first pass computes the sums of each channel, from which one scale and one shift per channel follow; the second pass
 * applies these and the activation.
 */
final class GroupNormLoop implements Runnable {
    private final Kernels kernels;
    private final Size size;
    private final Buffer x;
    private final Buffer weight;
    private final Buffer bias;
    private final Buffer embedding;
    private final Buffer scaleOf;
    private final Buffer shiftOf;
    private final Buffer y;
    private final Buffer kept;
    private final float[] sums;
    private final float[] squares;
    private final float[] scale;
    private final float[] shift;
    private final double[] means;

    /** The numbers that the loops of a norm need. */
    record Size(int images, int positions, int channels, int groups, double eps, Kernels.Activation activation) {
        static Size of(Value x, Grouping op) {
            return new Size(x.size(0), x.size(2) * x.size(3), x.size(1), op.groups(), op.eps(), op.activation());
        }

        int imageBytes() {
            return 4 * positions * channels;
        }
    }

    /** The numbers that the forward pass keeps for each channel for the backward pass. They are the rows of [N, 5, C]. */
    enum Kept {
        /** The scale in z = x·scale + shift, where z is the activation's operand. */
        SCALE(0),
        /** The shift in z = x·scale + shift. */
        SHIFT(1),
        /** The number that is subtracted from x to centre it: the group's mean minus the embedding. */
        CENTER(2),
        /** One over the group's standard deviation. */
        INVERSE(3),
        /** The mean of x over the positions. */
        MEAN(4);

        static final int ROWS = 5;

        private final int row;

        Kept(int row) {
            this.row = row;
        }

        int at(Size size, int image, int channel) {
            return 4 * ((image * ROWS + row) * size.channels() + channel);
        }

        void row(ByteBuffer kept, Size size, int image, float[] values) {
            kept.slice(at(size, image, 0), 4 * size.channels())
                    .order(kept.order())
                    .asFloatBuffer()
                    .get(values);
        }
    }

    GroupNormLoop(
            Kernels kernels,
            Size size,
            Buffer x,
            Buffer weight,
            Buffer bias,
            Buffer embedding,
            Buffer scaleOf,
            Buffer shiftOf,
            Buffer y,
            Buffer kept) {
        this.kernels = kernels;
        this.size = size;
        this.x = x;
        this.weight = weight;
        this.bias = bias;
        this.embedding = embedding;
        this.scaleOf = scaleOf;
        this.shiftOf = shiftOf;
        this.y = y;
        this.kept = kept;
        this.sums = new float[size.channels];
        this.squares = new float[size.channels];
        this.scale = new float[size.channels];
        this.shift = new float[size.channels];
        this.means = new double[size.channels];
    }

    Buffer[] buffers() {
        return new Buffer[] {x, weight, bias, embedding, scaleOf, shiftOf, y, kept};
    }

    @Override
    public void run() {
        int channels = size.channels;
        for (int image = 0; image < size.images; image++) {
            int offset = image * size.imageBytes();
            kernels.columnSums(x.bytes(), offset, size.positions, channels, sums, squares);
            int width = channels / size.groups;
            for (int group = 0; group < size.groups; group++) {
                fold(image, offset, group * width, (group + 1) * width);
            }
            kernels.affine(
                    x.bytes(), offset, y.bytes(), offset, size.positions, channels, scale, shift, size.activation);
        }
    }

    /**
     * Computes the group's mean and variance from its channels' sums, from which the values of the first position were
     * subtracted.
     */
    private void fold(int image, int offset, int from, int to) {
        int width = to - from;
        int positions = size.positions;
        long row = (long) image * size.channels;
        double mean = 0;
        double within = 0;
        for (int c = from; c < to; c++) {
            double first = x.bytes().getFloat(offset + 4 * c);
            double added = embedding == null ? 0 : embedding.get(row + c);
            means[c] = first + added + (double) sums[c] / positions;
            mean += means[c] / width;
            within += squares[c] - (double) sums[c] * sums[c] / positions;
        }
        double between = 0;
        for (int c = from; c < to; c++) {
            between += (means[c] - mean) * (means[c] - mean);
        }
        double variance = Math.max(0, within / ((double) width * positions)) + between / width;
        double inverse = 1 / Math.sqrt(variance + size.eps);
        for (int c = from; c < to; c++) {
            double added = embedding == null ? 0 : embedding.get(row + c);
            double a = inverse * (weight == null ? 1 : weight.get(c));
            double b = (added - mean) * a + (bias == null ? 0 : bias.get(c));
            double outer = scaleOf == null ? 1 : scaleOf.get(row + c);
            scale[c] = (float) (a * outer);
            shift[c] = (float) (b * outer + (shiftOf == null ? 0 : shiftOf.get(row + c)));
            if (kept != null) {
                keep(Kept.SCALE, image, c, scale[c]);
                keep(Kept.SHIFT, image, c, shift[c]);
                keep(Kept.CENTER, image, c, mean - added);
                keep(Kept.INVERSE, image, c, inverse);
                keep(Kept.MEAN, image, c, means[c] - added);
            }
        }
    }

    private void keep(Kept what, int image, int channel, double value) {
        kept.bytes().putFloat(what.at(size, image, channel), (float) value);
    }
}
