package org.diffusion4j.graph.op;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Pooling2DConfig;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Changes the size of images.
 */
public final class Resampling {
    private static final double[] BINOMIAL = {1, 3, 3, 1};

    private Resampling() {}

    /**
     * Halves the size with a convolution of stride 2.
     *
     * @param x [N, in, H, W]
     * @param weight [out, in, 3, 3]
     * @param bias [out]
     * @param padding 1, or 0 for zeros at the right and bottom only, as in diffusers
     * @return [N, out, H/2, W/2], where the size is rounded up with padding 1 and down with padding 0
     */
    public static ShapedVariable downsampleConv(ShapedVariable x, SDVariable weight, SDVariable bias, int padding) {
        ShapedVariable padded = padding == 0 ? Convolutions.zeroPad(x, 0, 1, 0, 1) : x;
        return Convolutions.conv2d(padded, weight, bias, 2, padding);
    }

    /**
     * A 3×3 convolution that halves the size and makes its own parameters.
     *
     * @param scope the layer's name and parameters
     * @param x [N, in, H, W]
     * @param out channels of the result
     * @param padding 0 or 1
     * @return [N, out, H/2, W/2]
     */
    public static ShapedVariable downsampleConv(ParameterScope scope, ShapedVariable x, long out, int padding) {
        long in = x.size(1);
        ShapedVariable y = downsampleConv(x, scope.weight(in * 9, out, in, 3, 3), scope.bias(in * 9, out), padding);
        return scope.withBranches(x, y, (input, other) -> downsampleConv(input, other, null, padding), out, in, 3, 3);
    }

    /**
     * 2×2 average pooling; an odd last row or column is left out.
     *
     * @param x [N, C, H, W]
     * @return [N, C, H/2, W/2]
     */
    public static ShapedVariable avgPool(ShapedVariable x) {
        SameDiff sd = x.sameDiff();
        return halved(x, sd.cnn().avgPooling2d(x.variable(), pooling()));
    }

    /**
     * 2×2 max pooling; an odd last row or column is left out.
     *
     * @param x [N, C, H, W]
     * @return [N, C, H/2, W/2]
     */
    public static ShapedVariable maxPool(ShapedVariable x) {
        SameDiff sd = x.sameDiff();
        return halved(x, sd.cnn().maxPooling2d(x.variable(), pooling()));
    }

    private static Pooling2DConfig pooling() {
        return Pooling2DConfig.builder().kH(2).kW(2).sH(2).sW(2).isNHWC(false).build();
    }

    private static ShapedVariable halved(ShapedVariable x, SDVariable y) {
        return new ShapedVariable(y, x.size(0), x.size(1), x.size(2) / 2, x.size(3) / 2);
    }

    /**
     * Doubles the size by nearest neighbour.
     *
     * @param x [N, C, H, W]
     * @return [N, C, 2H, 2W]
     */
    public static ShapedVariable upsampleNearest(ShapedVariable x) {
        SameDiff sd = x.sameDiff();
        return new ShapedVariable(
                sd.cnn().upsampling2d(x.variable(), 2, 2, true), x.size(0), x.size(1), x.size(2) * 2, x.size(3) * 2);
    }

    /**
     * Changes the size by nearest neighbour and rounds as PyTorch does: row i of the result is row ⌊i·H/height⌋ of the input.
     *
     * @param x [N, C, H, W]
     * @param height the height of the result
     * @param width the width of the result
     * @return [N, C, height, width]
     */
    public static ShapedVariable upsampleNearest(ShapedVariable x, int height, int width) {
        if (height == 2 * x.size(2) && width == 2 * x.size(3)) {
            return upsampleNearest(x);
        }
        return resample(x, nearest((int) x.size(2), height), nearest((int) x.size(3), width));
    }

    private static double[][] nearest(int from, int to) {
        double[][] weights = new double[from][to];
        for (int i = 0; i < to; i++) {
            weights[Math.min((int) (i * ((float) from / to)), from - 1)][i] = 1;
        }
        return weights;
    }

    /**
     * Doubles the size bilinearly. This is composed of two matrix products, since ND4J's own op has no gradient.
     *
     * @param x [N, C, H, W]
     * @param alignCorners true if the centres of the corner pixels stay where they are, false if the image's edges do
     * @return [N, C, 2H, 2W]
     */
    public static ShapedVariable upsampleBilinear(ShapedVariable x, boolean alignCorners) {
        int height = (int) x.size(2);
        int width = (int) x.size(3);
        return resample(x, bilinear(height, 2 * height, alignCorners), bilinear(width, 2 * width, alignCorners));
    }

    /**
     * Changes the size bilinearly, as PyTorch does if corners aren't aligned. Nothing is averaged, so few pixels of a much larger
     * image count.
     *
     * @param x [N, C, H, W]
     * @param height the height of the result
     * @param width the width of the result
     * @return [N, C, height, width]
     */
    public static ShapedVariable resizeBilinear(ShapedVariable x, int height, int width) {
        return x.size(2) == height && x.size(3) == width
                ? x
                : resample(x, bilinear((int) x.size(2), height, false), bilinear((int) x.size(3), width, false));
    }

    private static double[][] bilinear(int from, int to, boolean alignCorners) {
        double[][] weights = new double[from][to];
        for (int i = 0; i < to; i++) {
            double position = alignCorners
                    ? (double) i * (from - 1) / Math.max(to - 1, 1)
                    : Math.max(0, (i + 0.5) * from / to - 0.5);
            int low = Math.min((int) position, from - 1);
            double share = position - low;
            weights[low][i] += 1 - share;
            weights[Math.min(low + 1, from - 1)][i] += share;
        }
        return weights;
    }

    /**
     * Halves the size with the filter (1, 3, 3, 1)/8 in both directions, as k-diffusion does: the image is continued by its
     * mirror image.
     *
     * @param x [N, C, H, W] with H and W from 2 on
     * @return [N, C, H/2, W/2]
     */
    public static ShapedVariable halfByMirror(ShapedVariable x) {
        return resample(x, mirroredHalf((int) x.size(2)), mirroredHalf((int) x.size(3)));
    }

    /** Column i has the weights of pixels 2i - 1 to 2i + 2. */
    private static double[][] mirroredHalf(int from) {
        double[][] weights = new double[from][from / 2];
        for (int i = 0; i < from / 2; i++) {
            for (int tap = 0; tap < BINOMIAL.length; tap++) {
                weights[mirrored(2 * i - 1 + tap, from)][i] += BINOMIAL[tap] / 8;
            }
        }
        return weights;
    }

    /**
     * Doubles the size with the same filter and the same continuation as {@link #halfByMirror}.
     *
     * @param x [N, C, H, W] with H and W from 2 on
     * @return [N, C, 2H, 2W]
     */
    public static ShapedVariable twiceByMirror(ShapedVariable x) {
        return resample(x, mirroredTwice((int) x.size(2)), mirroredTwice((int) x.size(3)));
    }

    /** Pixel i, which may be the mirror's, goes to pixels 2i - 1 to 2i + 2. */
    private static double[][] mirroredTwice(int from) {
        double[][] weights = new double[from][2 * from];
        for (int i = -1; i <= from; i++) {
            for (int tap = 0; tap < BINOMIAL.length; tap++) {
                int to = 2 * i - 1 + tap;
                if (to >= 0 && to < 2 * from) {
                    weights[mirrored(i, from)][to] += BINOMIAL[tap] / 4;
                }
            }
        }
        return weights;
    }

    /** The pixel whose mirror image continues a row of pixels; the last pixel itself isn't repeated. */
    private static int mirrored(int position, int size) {
        int before = Math.abs(position);
        return before < size ? before : 2 * (size - 1) - before;
    }

    private static ShapedVariable resample(ShapedVariable x, double[][] rows, double[][] columns) {
        SameDiff sd = x.sameDiff();
        long height = rows[0].length;
        long width = columns[0].length;
        SDVariable wide = sd.mmul(sd.reshape(x.variable(), -1, x.size(3)), constant(sd, columns, x.dataType()));
        SDVariable turned = sd.permute(sd.reshape(wide, -1, x.size(2), width), 0, 2, 1);
        SDVariable tall = sd.mmul(sd.reshape(turned, -1, x.size(2)), constant(sd, rows, x.dataType()));
        SDVariable back = sd.permute(sd.reshape(tall, -1, width, height), 0, 2, 1);
        return new ShapedVariable(sd.reshape(back, -1, x.size(1), height, width), x.size(0), x.size(1), height, width);
    }

    private static SDVariable constant(SameDiff sd, double[][] values, DataType type) {
        return sd.constant(Nd4j.createFromArray(values).castTo(type));
    }
}
