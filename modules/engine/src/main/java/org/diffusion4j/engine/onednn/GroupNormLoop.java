package org.diffusion4j.engine.onednn;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.engine.ir.NormOp.Grouping;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;

/**
 * Group norm with the embedding before it and the scale, shift and activation after it, in two passes over an image. The
 * first pass computes the sums of each channel, in blocks of positions, from which one scale and one shift per channel follow; the second pass
 * applies these and the activation.
 */
final class GroupNormLoop {
    /** The least number of elements of a block, so that adding up the blocks takes little time. */
    private static final int BLOCK_ELEMENTS = 16384;

    private static final int MOST_BLOCKS = 64;
    /** Adding up a block's sums takes as long as this many elements. */
    private static final int FOLD_ELEMENTS = 16;

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
    /** The number of blocks of positions whose sums are computed separately, whatever the number of threads. */
    private final int blocks;

    private final float[][] sums;
    private final float[][] squares;
    private final double[][] blockMeans;
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
        long elements = (long) size.positions * size.channels;
        this.blocks = (int) Math.max(1, Math.min(Math.min(size.positions, MOST_BLOCKS), elements / BLOCK_ELEMENTS));
        this.sums = new float[blocks][size.channels];
        this.squares = new float[blocks][size.channels];
        this.blockMeans = new double[blocks][size.channels];
        this.scale = new float[size.channels];
        this.shift = new float[size.channels];
        this.means = new double[size.channels];
    }

    Buffer[] buffers() {
        return new Buffer[] {x, weight, bias, embedding, scaleOf, shiftOf, y, kept};
    }

    /** Three stages per image, so that an image is still in the cache when it is read again. */
    List<Stage> stages() {
        List<Stage> stages = new ArrayList<>();
        int width = size.channels / size.groups;
        for (int i = 0; i < size.images; i++) {
            int image = i;
            stages.add(new Stage(blocks, (block, thread) -> sum(image, block)));
            Stage.Rows fold = (from, to) -> {
                for (int group = from; group < to; group++) {
                    fold(image, group * width, (group + 1) * width);
                }
            };
            stages.add(Stage.rows(size.groups, (long) FOLD_ELEMENTS * blocks * width, fold));
            stages.add(Stage.rows(size.positions, size.channels, (from, to) -> apply(image, from, to)));
        }
        return stages;
    }

    private int offset(int image, int position) {
        return image * size.imageBytes() + 4 * position * size.channels;
    }

    private void sum(int image, int block) {
        int from = begin(block);
        int positions = begin(block + 1) - from;
        int offset = offset(image, from);
        kernels.columnSums(x.bytes(), offset, positions, size.channels, sums[block], squares[block]);
        for (int c = 0; c < size.channels; c++) {
            double first = x.bytes().getFloat(offset + 4 * c);
            blockMeans[block][c] = first + sums[block][c] / (double) positions;
        }
    }

    private int begin(int block) {
        return Stage.begin(size.positions, block, blocks);
    }

    private void apply(int image, int from, int to) {
        int offset = offset(image, from);
        kernels.affine(x.bytes(), offset, y.bytes(), offset, to - from, size.channels, scale, shift, size.activation);
    }

    /**
     * Computes the group's mean and variance from the sums of its channels in each block of positions, from which the
     * values of the block's first position were subtracted.
     */
    private void fold(int image, int from, int to) {
        int width = to - from;
        long row = (long) image * size.channels;
        double mean = 0;
        for (int c = from; c < to; c++) {
            double total = 0;
            for (int block = 0; block < blocks; block++) {
                total += (begin(block + 1) - begin(block)) * blockMeans[block][c];
            }
            means[c] = total / size.positions + (embedding == null ? 0 : embedding.get(row + c));
            mean += means[c] / width;
        }
        double variance = 0;
        for (int c = from; c < to; c++) {
            double squaresOfAll = 0;
            double shifted = means[c] - (embedding == null ? 0 : embedding.get(row + c));
            for (int block = 0; block < blocks; block++) {
                int positions = begin(block + 1) - begin(block);
                double between = blockMeans[block][c] - shifted;
                double within = squares[block][c] - (double) sums[block][c] * sums[block][c] / positions;
                squaresOfAll += Math.max(0, within) + positions * between * between;
            }
            double between = means[c] - mean;
            variance += (squaresOfAll / size.positions + between * between) / width;
        }
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
