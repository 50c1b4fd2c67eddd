package org.diffusion4j.engine.ir;

/** Convolutions and transposed ones. */
public sealed interface ConvolutionOp extends Op {
    // Forward --------------------------------------------------------------------------------------------------------

    /**
     * A convolution. SameDiff's weight is [kH, kW, C, O]; a fused one is the parameter itself, [O, C, kH, kW].
     *
     * @param x [N, C, H, W]
     * @param weight a parameter
     * @param bias [O], a parameter, or null
     * @param residual added to the result, of its shape, or null; of a fused one only
     * @param geometry where the kernel goes
     */
    record Convolution(Value x, Value weight, Value bias, Value residual, Geometry geometry) implements ConvolutionOp {}

    /**
     * Where a convolution's kernel goes.
     *
     * @param stride in both directions
     * @param top rows of zeros above
     * @param left columns of zeros
     * @param bottom rows of zeros below
     * @param right columns of zeros
     * @param fused whether the weight is a parameter in PyTorch's layout
     */
    record Geometry(int stride, int top, int left, int bottom, int right, boolean fused) {}

    /**
     * A transposed convolution: SameDiff's weight is [kH, kW, O, C], a fused one is the parameter itself, [C, O, kH, kW].
     *
     * @param x [N, C, H, W]
     * @param weight a parameter
     * @param geometry where the kernel goes
     */
    record TransposedConvolution(Value x, Value weight, TransposedGeometry geometry) implements ConvolutionOp {}

    /**
     * Where a transposed convolution's kernel goes.
     *
     * @param stride in both directions
     * @param padding cut off on each side
     * @param fused whether the weight is a parameter in PyTorch's layout
     */
    record TransposedGeometry(int stride, int padding, boolean fused) {}

    // Backward -------------------------------------------------------------------------------------------------------

    /**
     * dx.
     *
     * @param dy of the result
     * @param weight the convolution's
     * @param geometry the convolution's
     */
    record ConvolutionData(Value dy, Value weight, Geometry geometry) implements ConvolutionOp {}

    /**
     * Into the gradients of weight and bias.
     *
     * @param x the convolution's operand
     * @param dy of its result
     * @param weight null if it gets none
     * @param bias null if it gets none
     * @param geometry the convolution's
     * @param weightShape the weight's
     */
    record ConvolutionWeights(Value x, Value dy, Value weight, Value bias, Geometry geometry, long... weightShape)
            implements ConvolutionOp {}

    /**
     * dx.
     *
     * @param dy of the result
     * @param weight the transposed convolution's
     * @param geometry the transposed convolution's
     */
    record TransposedConvolutionData(Value dy, Value weight, TransposedGeometry geometry) implements ConvolutionOp {}

    /**
     * Into the gradient of the weight.
     *
     * @param x the transposed convolution's operand
     * @param dy of its result
     * @param weight the transposed convolution's
     * @param geometry the transposed convolution's
     */
    record TransposedConvolutionWeights(Value x, Value dy, Value weight, TransposedGeometry geometry)
            implements ConvolutionOp {}
}
