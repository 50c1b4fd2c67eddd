package org.diffusion4j.engine.ir;

/** Convolutions and transposed convolutions. */
public sealed interface ConvolutionOp extends Op {
    // Forward --------------------------------------------------------------------------------------------------------

    /**
     * A convolution. SameDiff's weight is [kH, kW, C, O]; the weight of a fused convolution is the parameter itself, [O, C,
     * kH, kW].
     *
     * @param x [N, C, H, W]
     * @param weight a parameter
     * @param bias [O], a parameter, or null
     * @param residual an array of the result's shape that is added to it, or null; only a fused convolution has one
     * @param geometry the positions of the kernel
     */
    record Convolution(Value x, Value weight, Value bias, Value residual, Geometry geometry) implements ConvolutionOp {}

    /**
     * The positions of a convolution's kernel.
     *
     * @param stride the stride in both directions
     * @param top the rows of zeros above the image
     * @param left the columns of zeros on the left
     * @param bottom the rows of zeros below the image
     * @param right the columns of zeros on the right
     * @param fused whether the weight is a parameter in PyTorch's layout
     */
    record Geometry(int stride, int top, int left, int bottom, int right, boolean fused) {}

    /**
     * A 3×3 convolution of an image whose height and width are doubled first by repeating each pixel four times, with a row
     * and a column of zeros on each side. The weight is the parameter itself, [O, C, 3, 3].
     *
     * @param x [N, C, H, W]
     * @param weight a parameter
     * @param bias [O], a parameter, or null
     * @param residual an array of the result's shape, [N, O, 2·H, 2·W], that is added to it, or null
     */
    record UpsampledConvolution(Value x, Value weight, Value bias, Value residual) implements ConvolutionOp {
        /** The positions of the kernel on the doubled image. */
        public static final Geometry GEOMETRY = new Geometry(1, 1, 1, 1, 1, true);

        /**
         * A value for the doubled image.
         *
         * @return a value that nothing makes yet
         */
        public Value upsampled() {
            long[] shape = {x.size(0), x.size(1), 2L * x.size(2), 2L * x.size(3)};
            return new Value("upsampled " + x.name(), shape, x.dataType(), null);
        }

        /**
         * The convolution by itself.
         *
         * @param upsampled the doubled image
         * @return an op that makes the same result
         */
        public Convolution of(Value upsampled) {
            return new Convolution(upsampled, weight, bias, residual, GEOMETRY);
        }
    }

    /**
     * A transposed convolution. SameDiff's weight is [kH, kW, O, C]; the weight of a fused one is the parameter itself, [C,
     * O, kH, kW].
     *
     * @param x [N, C, H, W]
     * @param weight a parameter
     * @param geometry the positions of the kernel
     */
    record TransposedConvolution(Value x, Value weight, TransposedGeometry geometry) implements ConvolutionOp {}

    /**
     * The positions of a transposed convolution's kernel.
     *
     * @param stride the stride in both directions
     * @param padding the rows and columns that are cut off on each side
     * @param fused whether the weight is a parameter in PyTorch's layout
     */
    record TransposedGeometry(int stride, int padding, boolean fused) {}

    // Backward -------------------------------------------------------------------------------------------------------

    /**
     * dx.
     *
     * @param dy the gradient of the result
     * @param weight the convolution's weight
     * @param geometry the convolution's geometry
     */
    record ConvolutionData(Value dy, Value weight, Geometry geometry) implements ConvolutionOp {}

    /**
     * Adds to the gradients of weight and bias.
     *
     * @param x the convolution's operand
     * @param dy the gradient of its result
     * @param weight the weight; null if it gets no gradient
     * @param bias the bias; null if it gets no gradient
     * @param geometry the convolution's geometry
     * @param weightShape the shape of the weight
     */
    record ConvolutionWeights(Value x, Value dy, Value weight, Value bias, Geometry geometry, long... weightShape)
            implements ConvolutionOp {}

    /**
     * dx.
     *
     * @param dy the gradient of the result
     * @param weight the transposed convolution's weight
     * @param geometry the transposed convolution's geometry
     */
    record TransposedConvolutionData(Value dy, Value weight, TransposedGeometry geometry) implements ConvolutionOp {}

    /**
     * Adds to the gradient of the weight.
     *
     * @param x the transposed convolution's operand
     * @param dy the gradient of its result
     * @param weight the transposed convolution's weight
     * @param geometry the transposed convolution's geometry
     */
    record TransposedConvolutionWeights(Value x, Value dy, Value weight, TransposedGeometry geometry)
            implements ConvolutionOp {}
}
