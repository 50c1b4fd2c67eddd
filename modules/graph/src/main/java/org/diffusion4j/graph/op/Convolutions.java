package org.diffusion4j.graph.op;

import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.samediff.SharedArrays;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.PadMode;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.DeConv2DConfig;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Convolutions. Weights are laid out as PyTorch has them: [out, in, kH, kW], or [in, out, kH, kW] for a transposed convolution.
 */
public final class Convolutions {
    private Convolutions() {}

    /**
     * Convolution (cross-correlation).
     *
     * @param x [N, in, H, W]
     * @param weight [out, in, kH, kW]
     * @param bias [out] or null
     * @param stride the stride in both directions
     * @param padding the number of zeros on each side
     * @return [N, out, (H + 2·padding - kH) / stride + 1, …]
     */
    public static ShapedVariable conv2d(ShapedVariable x, SDVariable weight, SDVariable bias, int stride, int padding) {
        SameDiff sd = x.sameDiff();
        long[] kernel = SharedArrays.shapeOf(weight);
        Conv2DConfig config = Conv2DConfig.builder()
                .kH(kernel[2])
                .kW(kernel[3])
                .sH(stride)
                .sW(stride)
                .pH(padding)
                .pW(padding)
                .dataFormat("NCHW")
                .build();
        // conv2d's gradient fails with weights as [out, in, kH, kW]; with weights permuted to [kH, kW, in, out] it is
        // right.
        SDVariable yxio = sd.permute(weight, 2, 3, 1, 0);
        SDVariable y = bias == null
                ? sd.cnn().conv2d(x.variable(), yxio, config)
                : sd.cnn().conv2d(x.variable(), yxio, bias, config);
        return new ShapedVariable(
                y,
                x.size(0),
                kernel[0],
                (x.size(2) + 2L * padding - kernel[2]) / stride + 1,
                (x.size(3) + 2L * padding - kernel[3]) / stride + 1);
    }

    /**
     * A convolution that makes its own parameters, initialised as in PyTorch, and keeps the image size.
     *
     * @param scope the layer's name and parameters
     * @param x [N, in, H, W]
     * @param out channels of the result
     * @param kernel the odd kernel size in both directions
     * @return [N, out, H, W]
     */
    public static ShapedVariable conv2d(ParameterScope scope, ShapedVariable x, long out, int kernel) {
        long in = x.size(1);
        long fanIn = in * kernel * kernel;
        int padding = (kernel - 1) / 2;
        ShapedVariable y = conv2d(x, scope.weight(fanIn, out, in, kernel, kernel), scope.bias(fanIn, out), 1, padding);
        return scope.withBranches(
                x, y, (input, other) -> conv2d(input, other, null, 1, padding), out, in, kernel, kernel);
    }

    /**
     * Transposed convolution, with PyTorch's padding and output padding.
     *
     * @param x [N, in, H, W]
     * @param weight [in, out, kH, kW]
     * @param bias [out] or null
     * @param stride the stride in both directions
     * @param padding how many rows and columns are cut off on each side
     * @param outputPadding how many rows and columns are added at the bottom and right
     * @return [N, out, (H - 1)·stride - 2·padding + kH + outputPadding, …]
     */
    public static ShapedVariable convTranspose2d(
            ShapedVariable x, SDVariable weight, SDVariable bias, int stride, int padding, int outputPadding) {
        SameDiff sd = x.sameDiff();
        long[] kernel = SharedArrays.shapeOf(weight);
        DeConv2DConfig config = DeConv2DConfig.builder()
                .kH(kernel[2])
                .kW(kernel[3])
                .sH(stride)
                .sW(stride)
                .dataFormat("NCHW")
                .build();
        SDVariable yxoi = sd.permute(weight, 2, 3, 1, 0);
        long fullHeight = (x.size(2) - 1) * stride + kernel[2];
        long fullWidth = (x.size(3) - 1) * stride + kernel[3];
        ShapedVariable full = new ShapedVariable(
                sd.cnn().deconv2d(x.variable(), yxoi, config), x.size(0), kernel[1], fullHeight, fullWidth);
        // deconv2d has no output padding, so the whole result is computed and then cut.
        long height = fullHeight - 2L * padding + outputPadding;
        long width = fullWidth - 2L * padding + outputPadding;
        ShapedVariable y = full;
        long below = Math.max(0, padding + height - fullHeight);
        long right = Math.max(0, padding + width - fullWidth);
        if (below > 0 || right > 0) {
            y = zeroPad(y, 0, (int) below, 0, (int) right);
        }
        if (height != y.size(2) || width != y.size(3)) {
            y = new ShapedVariable(
                    sd.stridedSlice(
                            y.variable(),
                            new long[] {0, 0, padding, padding},
                            new long[] {0, 0, padding + height, padding + width},
                            new long[] {1, 1, 1, 1},
                            3,
                            3,
                            0,
                            0,
                            0),
                    y.size(0),
                    kernel[1],
                    height,
                    width);
        }
        return bias == null ? y : y.with(sd.nn().biasAdd(y.variable(), bias, true));
    }

    /**
     * A 4×4 transposed convolution that doubles the size and makes its own parameters.
     *
     * @param scope the layer's name and parameters
     * @param x [N, in, H, W]
     * @param out channels of the result
     * @return [N, out, 2H, 2W]
     */
    public static ShapedVariable convTranspose2d(ParameterScope scope, ShapedVariable x, long out) {
        // PyTorch takes a transposed convolution's fan-in from the second dimension of its weight, which is the number
        // of outputs.
        long fanIn = out * 16;
        return convTranspose2d(x, scope.weight(fanIn, x.size(1), out, 4, 4), scope.bias(fanIn, out), 2, 1, 0);
    }

    /** Adds zeros around an image. */
    static ShapedVariable zeroPad(ShapedVariable x, int top, int bottom, int left, int right) {
        SameDiff sd = x.sameDiff();
        SDVariable amounts =
                sd.constant(Nd4j.createFromArray(new int[][] {{0, 0}, {0, 0}, {top, bottom}, {left, right}}));
        return new ShapedVariable(
                sd.nn().pad(x.variable(), amounts, PadMode.CONSTANT, 0),
                x.size(0),
                x.size(1),
                x.size(2) + top + bottom,
                x.size(3) + left + right);
    }
}
