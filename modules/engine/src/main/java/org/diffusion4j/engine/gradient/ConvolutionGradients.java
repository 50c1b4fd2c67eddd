package org.diffusion4j.engine.gradient;

import org.diffusion4j.engine.ir.ConvolutionOp.Convolution;
import org.diffusion4j.engine.ir.ConvolutionOp.ConvolutionData;
import org.diffusion4j.engine.ir.ConvolutionOp.ConvolutionWeights;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedConvolution;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedConvolutionData;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedConvolutionWeights;
import org.diffusion4j.engine.ir.ConvolutionOp.UpsampledConvolution;
import org.diffusion4j.engine.ir.ResamplingOp.UpsampleNearest;
import org.diffusion4j.engine.ir.ResamplingOp.UpsampleNearestGradient;
import org.diffusion4j.engine.ir.Value;

/** The gradients of convolutions and transposed convolutions. */
final class ConvolutionGradients {
    private ConvolutionGradients() {}

    static void addTo(Gradients gradients) {
        gradients.add(Convolution.class, ConvolutionGradients::convolution);
        gradients.add(UpsampledConvolution.class, ConvolutionGradients::upsampled);
        gradients.add(TransposedConvolution.class, ConvolutionGradients::transposed);
    }

    private static void convolution(Convolution op, Value y, Value dy, Differentiate backward) {
        Value x = op.x();
        Value weight = backward.parameter(op.weight(), y);
        Value bias = backward.parameter(op.bias(), y);
        if (weight != null || bias != null) {
            Value again = NormGradients.again(x, backward);
            backward.sink(new ConvolutionWeights(
                    again, dy, weight, bias, op.geometry(), op.weight().shape()));
        }
        if (backward.wanted(x)) {
            backward.contribute(x, backward.emit(new ConvolutionData(dy, op.weight(), op.geometry()), x));
        }
        backward.contribute(op.residual(), dy);
    }

    /** The doubled image is made only here, since the forward pass has none. */
    private static void upsampled(UpsampledConvolution op, Value y, Value dy, Differentiate backward) {
        Value x = op.x();
        Value weight = backward.parameter(op.weight(), y);
        Value bias = backward.parameter(op.bias(), y);
        Value large = op.upsampled();
        if (weight != null || bias != null) {
            backward.emitInto(new UpsampleNearest(NormGradients.again(x, backward)), large);
            backward.sink(new ConvolutionWeights(
                    large,
                    dy,
                    weight,
                    bias,
                    UpsampledConvolution.GEOMETRY,
                    op.weight().shape()));
        }
        if (backward.wanted(x)) {
            Value dLarge = backward.emit(new ConvolutionData(dy, op.weight(), UpsampledConvolution.GEOMETRY), large);
            backward.contribute(x, backward.emit(new UpsampleNearestGradient(dLarge), x));
        }
        backward.contribute(op.residual(), dy);
    }

    private static void transposed(TransposedConvolution op, Value y, Value dy, Differentiate backward) {
        Value x = op.x();
        Value weight = backward.parameter(op.weight(), y);
        if (weight != null) {
            backward.sink(new TransposedConvolutionWeights(x, dy, weight, op.geometry()));
        }
        if (backward.wanted(x)) {
            backward.contribute(x, backward.emit(new TransposedConvolutionData(dy, op.weight(), op.geometry()), x));
        }
    }
}
