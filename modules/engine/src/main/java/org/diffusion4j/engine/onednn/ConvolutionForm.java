package org.diffusion4j.engine.onednn;

import org.bytedeco.dnnl.memory;
import org.diffusion4j.engine.ir.ConvolutionOp.Geometry;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedGeometry;

/**
 * A convolution's weight and geometry in oneDNN's terms.
 *
 * @param dims the weight's dimensions, [O, C, kH, kW]
 * @param as how the parameter's memory is read as these dimensions
 * @param stride the stride in both directions
 * @param before the rows and columns of zeros before the image
 * @param after the rows and columns of zeros after the image
 */
record ConvolutionForm(long[] dims, memory.desc as, long[] stride, long[] before, long[] after) {
    static ConvolutionForm of(Geometry op, long... weight) {
        long[] dims = op.fused() ? weight : new long[] {weight[3], weight[2], weight[0], weight[1]};
        return new ConvolutionForm(
                dims,
                new memory.desc(dims, Primitives.F32, op.fused() ? memory.format_tag.oihw : memory.format_tag.hwio),
                new long[] {op.stride(), op.stride()},
                new long[] {op.top(), op.left()},
                new long[] {op.bottom(), op.right()});
    }

    /** PyTorch's weight is [C, O, kH, kW], SameDiff's [kH, kW, O, C]. */
    static ConvolutionForm of(TransposedGeometry op, long... weight) {
        long h = op.fused() ? weight[2] : weight[0];
        long w = op.fused() ? weight[3] : weight[1];
        long out = op.fused() ? weight[1] : weight[2];
        long in = op.fused() ? weight[0] : weight[3];
        long[] dims = {out, in, h, w};
        long[] strides =
                op.fused() ? new long[] {h * w, out * h * w, w, 1} : new long[] {in, 1, w * out * in, out * in};
        return new ConvolutionForm(
                dims,
                new memory.desc(dims, Primitives.F32, strides),
                new long[] {op.stride(), op.stride()},
                new long[] {op.padding(), op.padding()},
                new long[] {op.padding(), op.padding()});
    }

    /** A linear layer's weight, [out, in], as that of a 1×1 convolution. */
    static ConvolutionForm linear(long... weight) {
        return of(new Geometry(1, 0, 0, 0, 0, true), weight[0], weight[1], 1, 1);
    }

    /** The weight in whichever layout the primitive chooses. */
    memory.desc any(memory.data_type type) {
        return new memory.desc(dims, type, memory.format_tag.any);
    }

    /** The number of multiplications per element of the convolution's result. */
    double work() {
        return (double) dims[1] * dims[2] * dims[3];
    }
}
