package org.diffusion4j.engine.read;

import java.util.List;
import org.diffusion4j.engine.ir.ConvolutionOp;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.samediff.SourceOp;

/** Reads convolutions and transposed convolutions. */
final class ConvolutionReaders {
    private ConvolutionReaders() {}

    static void addTo(Readers readers) {
        readers.add("conv2d", ConvolutionOp.Convolution.class, ConvolutionReaders::convolution);
        readers.add("deconv2d", ConvolutionOp.TransposedConvolution.class, ConvolutionReaders::transposed);
    }

    /** The arguments that both kinds have. */
    private record Kernel(long height, long width, int stride, int top, int left) {}

    /**
     * Reads the arguments: kernel, stride, padding and dilation (each with height and width), same mode, channels last, and
     * the weight's layout.
     *
     * @param in the dimension of the weight [kH, kW, ...] that has the operand's channels
     */
    private static Kernel kernel(SourceOp op, Value x, Value weight, int in) {
        ResamplingReaders.requireImages(x, op);
        long[] arguments = op.integers();
        op.require(arguments.length == 10 || arguments.length == 11, "a kernel, its place and layouts", arguments);
        op.require(arguments[2] == arguments[3] && arguments[2] > 0, "one stride", arguments);
        op.require(arguments[4] >= 0 && arguments[5] >= 0, "padding of at least 0", arguments);
        op.require(arguments[6] == 1 && arguments[7] == 1, "no dilation", arguments);
        op.require(arguments[8] == 0, "explicit padding", arguments);
        op.require(arguments[9] == 0, "channels first", arguments);
        op.require(arguments.length == 10 || arguments[10] == 0, "weights that begin with the kernel", arguments);
        op.require(weight.rank() == 4 && weight.size(in) == x.size(1), "weights for the channels of " + x, weight);
        boolean kernel = arguments[0] == weight.size(0) && arguments[1] == weight.size(1);
        op.require(kernel, "the kernel of " + weight, arguments);
        return new Kernel(arguments[0], arguments[1], (int) arguments[2], (int) arguments[4], (int) arguments[5]);
    }

    private static void convolution(SourceOp op, List<Value> operands, Reading reading) {
        op.require(operands.size() == 2 || operands.size() == 3, "operands: 2 or 3", operands);
        Value x = operands.get(0);
        Value weight = operands.get(1);
        Kernel kernel = kernel(op, x, weight, 2);
        Value bias = operands.size() > 2 ? operands.get(2) : null;
        boolean fits = bias == null || (bias.rank() == 1 && bias.size(0) == weight.size(3));
        op.require(fits, "a bias for each channel of the result", bias);
        long rows = x.size(2) + 2L * kernel.top() - kernel.height();
        long columns = x.size(3) + 2L * kernel.left() - kernel.width();
        op.require(rows >= 0 && columns >= 0, "a kernel that fits into " + x, op.integers());
        ConvolutionOp.Geometry geometry = new ConvolutionOp.Geometry(
                kernel.stride(), kernel.top(), kernel.left(), kernel.top(), kernel.left(), false);
        reading.emit(
                new ConvolutionOp.Convolution(x, weight, bias, null, geometry),
                op.result(),
                x.size(0),
                weight.size(3),
                rows / kernel.stride() + 1,
                columns / kernel.stride() + 1);
    }

    private static void transposed(SourceOp op, List<Value> operands, Reading reading) {
        Readers.requireOperands(2, op);
        Value x = operands.get(0);
        Value weight = operands.get(1);
        Kernel kernel = kernel(op, x, weight, 3);
        op.require(kernel.top() == kernel.left(), "one padding", op.integers());
        long cut = 2L * kernel.top();
        reading.emit(
                new ConvolutionOp.TransposedConvolution(
                        x, weight, new ConvolutionOp.TransposedGeometry(kernel.stride(), kernel.top(), false)),
                op.result(),
                x.size(0),
                weight.size(2),
                (x.size(2) - 1L) * kernel.stride() - cut + kernel.height(),
                (x.size(3) - 1L) * kernel.stride() - cut + kernel.width());
    }
}
