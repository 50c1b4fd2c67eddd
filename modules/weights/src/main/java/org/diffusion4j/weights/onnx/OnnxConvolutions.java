package org.diffusion4j.weights.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.diffusion4j.samediff.SourceOp;
import org.diffusion4j.weights.onnx.OnnxModel.Attribute;
import org.diffusion4j.weights.tensor.Tensor;

/**
 * Translates convolutions together with the padding before them, and the slice and the bias after them. SameDiff's
 * arguments are kernel, stride, padding and dilation (each with height and width), same mode, channels last, and the
 * weight's layout.
 *
 * @param scope the graph that is read, and the model that is written
 */
record OnnxConvolutions(OnnxScope scope) {
    /**
     * The permutation from SameDiff's [kH, kW, in, out] to the [out, in, kH, kW] of PyTorch and ONNX; the same one serves
     * for transposed convolutions.
     */
    private static final int[] TO_OIHW = {3, 2, 0, 1};

    /**
     * The permutation that a convolution of {@code diffusion4j-graph} applies to PyTorch's weights, which is the inverse of
     * {@link #TO_OIHW}.
     */
    private static final long[] FROM_OIHW = {2, 3, 1, 0};

    void convolution(SourceOp op) {
        long[] arguments = op.integers();
        requireExplicit(op);
        String x = op.operand(0);
        long[] from = scope.shape(x);
        long[] shape = {from[0], scope.shape(op.operand(1))[3], 0, 0};
        long[] pads = pads(arguments);
        for (int i = 0; i < 2; i++) {
            long extent = arguments[6 + i] * (arguments[i] - 1) + 1;
            shape[2 + i] = (from[2 + i] + pads[i] + pads[2 + i] - extent) / arguments[2 + i] + 1;
        }
        SourceOp pad = scope.made(x, "pad");
        if (pad != null) {
            long[] amounts = padding(pad);
            if (amounts[1] == 0 && amounts[5] == 0) {
                x = pad.operand(0);
                for (int i = 0; i < 2; i++) {
                    pads[i] += amounts[2 + i];
                    pads[2 + i] += amounts[6 + i];
                }
            }
        }
        List<String> operands = new ArrayList<>(List.of(scope.value(x), weights(op.operand(1))));
        if (op.operands().size() > 2) {
            operands.add(scope.value(op.operand(2)));
        }
        scope.emit(
                op,
                shape,
                "Conv",
                operands,
                new Attribute.Ints("kernel_shape", arguments[0], arguments[1]),
                new Attribute.Ints("strides", arguments[2], arguments[3]),
                new Attribute.Ints("pads", pads),
                new Attribute.Ints("dilations", arguments[6], arguments[7]));
    }

    private static void requireExplicit(SourceOp op) {
        long[] arguments = op.integers();
        op.require(arguments.length >= 10 && arguments[8] == 0, "explicit padding", arguments);
        op.require(arguments[9] == 0, "channels first", arguments);
        op.require(arguments.length < 11 || arguments[10] == 0, "weights [kH, kW, in, out]", arguments);
    }

    /** The padding: top, left, bottom, right. */
    private static long[] pads(long... arguments) {
        return new long[] {arguments[4], arguments[5], arguments[4], arguments[5]};
    }

    /** The weights in ONNX's layout: the parameter itself if the graph only permutes it from that layout. */
    private String weights(String yxio) {
        SourceOp permute = scope.made(yxio, "permute");
        if (permute != null && Arrays.equals(permute.integers(), FROM_OIHW)) {
            return scope.value(permute.operand(0));
        }
        if (scope.isParameter(yxio)) {
            return scope.builder().initializer(Tensor.of(scope.parameter(yxio).permute(TO_OIHW)));
        }
        long[] order = IntStream.of(TO_OIHW).asLongStream().toArray();
        return scope.builder().node("Transpose", List.of(scope.value(yxio)), new Attribute.Ints("perm", order));
    }

    void transposedConvolution(SourceOp op) {
        transposedConvolution(op, op, null, new Cut(0, 0, 0, 0));
    }

    /**
     * Writes a transposed convolution together with the slice after it, since SameDiff's own can only cut the same amount
     * on all sides.
     */
    boolean cutConvolution(SourceOp slice) {
        SourceOp convolution = scope.made(slice.operand(0), "deconv2d");
        Cut cut = convolution == null ? null : cutBy(slice);
        if (cut == null) {
            return false;
        }
        transposedConvolution(slice, convolution, null, cut);
        return true;
    }

    /**
     * Writes the addition of one number per channel. The operand may be a transposed convolution, which SameDiff makes
     * without a bias.
     */
    void biasAdd(SourceOp op) {
        boolean[] flags = op.flags();
        op.require(flags.length == 1 && flags[0], "channels first", flags);
        String x = op.operand(0);
        SourceOp slice = scope.made(x, "strided_slice");
        SourceOp convolution = scope.made(slice == null ? x : slice.operand(0), "deconv2d");
        Cut cut = convolution == null ? null : slice == null ? new Cut(0, 0, 0, 0) : cutBy(slice);
        if (cut != null) {
            transposedConvolution(op, convolution, op.operand(1), cut);
            return;
        }
        long[] shape = scope.shape(x);
        long[] channels = new long[shape.length - 1];
        Arrays.fill(channels, 1);
        channels[0] = shape[1];
        String bias = scope.builder()
                .node(
                        "Reshape",
                        List.of(scope.value(op.operand(1)), scope.builder().longs(channels)));
        scope.emit(op, shape, "Add", List.of(scope.value(x), bias));
    }

    private void transposedConvolution(SourceOp op, SourceOp convolution, String bias, Cut cut) {
        long[] arguments = convolution.integers();
        requireExplicit(convolution);
        convolution.require(arguments[6] == 1 && arguments[7] == 1, "no dilation", arguments);
        convolution.require(convolution.operands().size() == 2, "no bias of its own", convolution.operands());
        long[] from = scope.shape(convolution.operand(0));
        long[] shape = {from[0], scope.shape(convolution.operand(1))[2], 0, 0};
        long[] pads = pads(arguments);
        pads[0] += cut.top;
        pads[1] += cut.left;
        pads[2] += cut.bottom;
        pads[3] += cut.right;
        for (int i = 0; i < 2; i++) {
            shape[2 + i] = (from[2 + i] - 1) * arguments[2 + i] + arguments[i] - pads[i] - pads[2 + i];
        }
        List<String> operands =
                new ArrayList<>(List.of(scope.value(convolution.operand(0)), weights(convolution.operand(1))));
        if (bias != null) {
            operands.add(scope.value(bias));
        }
        scope.emit(
                op,
                shape,
                "ConvTranspose",
                operands,
                new Attribute.Ints("kernel_shape", arguments[0], arguments[1]),
                new Attribute.Ints("strides", arguments[2], arguments[3]),
                new Attribute.Ints("pads", pads));
    }

    void pad(SourceOp op) {
        long[] shape = scope.shape(op.operand(0));
        long[] amounts = padding(op);
        for (int i = 0; i < shape.length; i++) {
            shape[i] += amounts[i] + amounts[i + shape.length];
        }
        scope.emit(
                op,
                shape,
                "Pad",
                List.of(scope.value(op.operand(0)), scope.builder().longs(amounts)));
    }

    /** The amounts in ONNX's order: before each dimension, then after each dimension. */
    private long[] padding(SourceOp op) {
        op.require(Arrays.equals(op.integers(), new long[] {0}), "the constant mode", op.integers());
        op.require(Arrays.stream(op.numbers()).allMatch(value -> value == 0), "zeros", op.numbers());
        op.require(scope.isParameter(op.operand(1)), "amounts that are constant", op.operand(1));
        int rank = scope.shape(op.operand(0)).length;
        long[] padding = new long[2 * rank];
        for (int i = 0; i < rank; i++) {
            padding[i] = scope.parameter(op.operand(1)).getLong(i, 0);
            padding[i + rank] = scope.parameter(op.operand(1)).getLong(i, 1);
        }
        op.require(padding[0] == 0 && padding[rank] == 0, "none of the batch", padding);
        return padding;
    }

    /** The rows and columns that are cut off an image. */
    private record Cut(long top, long left, long bottom, long right) {}

    /** What a slice cuts off images; null if it leaves out images or channels. */
    private Cut cutBy(SourceOp op) {
        long[] from = scope.shape(op.operand(0));
        OnnxSlice slice = OnnxSlice.of(op, from);
        return slice.isWhole(0) && slice.isWhole(1)
                ? new Cut(slice.begin()[2], slice.begin()[3], from[2] - slice.end()[2], from[3] - slice.end()[3])
                : null;
    }
}
