package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import java.util.Arrays;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.memory;
import org.diffusion4j.engine.ir.ConvolutionOp.Convolution;
import org.diffusion4j.engine.ir.ConvolutionOp.ConvolutionData;
import org.diffusion4j.engine.ir.ConvolutionOp.ConvolutionWeights;
import org.diffusion4j.engine.ir.ConvolutionOp.UpsampledConvolution;
import org.diffusion4j.engine.ir.ResamplingOp.UpsampleNearest;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.onednn.Primitives.Weighted;

/** Lowers convolutions to oneDNN's primitive, or to Winograd's algorithm where that is faster. */
final class ConvolutionLowering {
    private final Target target;
    private final Layouts layouts;
    private final Primitives primitives;
    private final ConvolutionSteps steps;
    private final ParameterGradients gradients;

    ConvolutionLowering(Target target) {
        this.target = target;
        this.layouts = target.layouts();
        this.primitives = target.primitives();
        this.steps = new ConvolutionSteps(target);
        this.gradients = new ParameterGradients(target);
    }

    void addTo(Lowerings lowerings) {
        lowerings.add(Convolution.class, this::convolution);
        lowerings.add(UpsampledConvolution.class, (op, y) -> upsampled(op, y, lowerings));
        lowerings.add(ConvolutionData.class, this::data);
        lowerings.add(ConvolutionWeights.class, (op, y) -> weights(op));
    }

    private void convolution(Convolution op, Value y) {
        ConvolutionForm form = ConvolutionForm.of(op.geometry(), op.weight().shape());
        memory.desc source = Primitives.image(op.x(), Layout.CHANNELS_LAST);
        memory.desc result = Primitives.image(y, Layout.CHANNELS_LAST);
        int wanted = primitives.threadsFor(y.length() * form.work());
        Weighted direct = steps.forward(form, source, op.bias(), result, op.residual() != null);
        Winograd.Size size = target.winograd().of(op, y);
        Buffer x = layouts.get(op.x(), Layout.CHANNELS_LAST);
        Buffer other = op.residual() == null ? null : layouts.get(op.residual(), Layout.CHANNELS_LAST);
        if (!direct.isNarrow() && size != null) {
            boolean lasting = target.winograd().isLasting(op);
            addWinograd(size, x, op.weight(), lasting, op.bias(), other, y);
            return;
        }
        steps.add(
                direct,
                form,
                source,
                x,
                op.weight(),
                op.bias(),
                result,
                other,
                layouts.make(y, Layout.CHANNELS_LAST),
                wanted);
    }

    private void addWinograd(
            Winograd.Size size, Buffer x, Value weight, boolean lasting, Value bias, Buffer residual, Value y) {
        Buffer changing = passing(weight);
        layouts.add(new Winograd(
                target.kernels(),
                size,
                primitives,
                target.weights(),
                weight,
                Weights.Pass.FORWARD,
                lasting && changing == null,
                changing,
                x,
                layouts.optional(bias),
                residual,
                layouts.make(y, Layout.CHANNELS_LAST)));
    }

    /** Where Winograd's algorithm isn't faster, the image is doubled in memory. */
    private void upsampled(UpsampledConvolution op, Value y, Lowerings others) {
        Value large = op.upsampled();
        Winograd.Size size = target.winograd().of(op, y);
        if (size != null && !isNarrow(op, large, y)) {
            Buffer x = layouts.get(op.x(), Layout.CHANNELS_LAST);
            Buffer other = op.residual() == null ? null : layouts.get(op.residual(), Layout.CHANNELS_LAST);
            addWinograd(size, x, op.weight(), target.winograd().isLasting(op), op.bias(), other, y);
            return;
        }
        others.lower(new UpsampleNearest(op.x()), large);
        convolution(op.of(large), y);
    }

    /** Whether the convolution by itself would have its operands in bf16. */
    private boolean isNarrow(UpsampledConvolution op, Value large, Value y) {
        return steps.forward(
                        ConvolutionForm.of(
                                UpsampledConvolution.GEOMETRY, op.weight().shape()),
                        Primitives.image(large, Layout.CHANNELS_LAST),
                        op.bias(),
                        Primitives.image(y, Layout.CHANNELS_LAST),
                        op.residual() != null)
                .isNarrow();
    }

    private void data(ConvolutionData op, Value x) {
        Value dy = op.dy();
        ConvolutionForm form = ConvolutionForm.of(op.geometry(), op.weight().shape());
        memory.desc source = Primitives.image(x, Layout.CHANNELS_LAST);
        memory.desc result = Primitives.image(dy, Layout.CHANNELS_LAST);
        int threads = primitives.threadsFor(dy.length() * form.work());
        Weighted direct = steps.backward(
                form,
                source,
                result,
                (operands, hint) -> new convolution_backward_data.primitive_desc(
                        primitives.engine(),
                        algorithm.convolution_direct,
                        source,
                        form.any(operands),
                        Primitives.of(operands, result),
                        form.stride(),
                        form.before(),
                        form.after(),
                        hint,
                        Primitives.attributes(),
                        operands == Primitives.BF16));
        Winograd.Size size = Winograd.inTraining(op.geometry(), op.weight(), dy, x);
        if (!direct.isNarrow() && size != null) {
            Buffer changing = passing(op.weight());
            layouts.add(new Winograd(
                    target.kernels(),
                    size,
                    primitives,
                    target.weights(),
                    op.weight(),
                    Weights.Pass.BACKWARD,
                    changing == null,
                    changing,
                    layouts.get(dy, Layout.CHANNELS_LAST),
                    null,
                    null,
                    layouts.make(x, Layout.CHANNELS_LAST)));
            return;
        }
        Buffer from = layouts.operand(direct, layouts.get(dy, Layout.CHANNELS_LAST));
        PrimitiveStep step = primitives
                .step(direct.description(), threads)
                .with(DNNL_ARG_DIFF_DST, Primitives.of(direct.operands(), result), from)
                .with(DNNL_ARG_DIFF_SRC, source, layouts.make(x, Layout.CHANNELS_LAST));
        layouts.add(layouts.withParameter(
                step,
                DNNL_ARG_WEIGHTS,
                op.weight(),
                form.as(),
                direct.description().weights_desc()));
    }

    /**
     * The memory of a weight that is transformed anew for each convolution, since it changes and checkpointing takes time to
     * save memory; null for any other weight.
     */
    private Buffer passing(Value weight) {
        Training training = target.training();
        return training != null && training.checkpointing() && training.has(weight) ? training.value(weight) : null;
    }

    private void weights(ConvolutionWeights op) {
        Value bias = op.bias();
        ConvolutionForm form = ConvolutionForm.of(op.geometry(), op.weightShape());
        memory.desc source = Primitives.image(op.x(), Layout.CHANNELS_LAST);
        memory.desc result = Primitives.image(op.dy(), Layout.CHANNELS_LAST);
        Buffer x = layouts.get(op.x(), Layout.CHANNELS_LAST);
        Buffer dy = layouts.get(op.dy(), Layout.CHANNELS_LAST);
        memory.desc biasShape = bias == null ? new memory.desc() : Primitives.plain(form.dims()[0]);
        int threads = primitives.threadsFor(op.dy().length() * form.work());
        Weighted chosen = steps.backward(
                form,
                source,
                result,
                (operands, hint) -> new convolution_backward_weights.primitive_desc(
                        primitives.engine(),
                        algorithm.convolution_direct,
                        Primitives.of(operands, source),
                        form.any(Primitives.F32),
                        biasShape,
                        Primitives.of(operands, result),
                        form.stride(),
                        form.before(),
                        form.after(),
                        hint,
                        Primitives.attributes(),
                        operands == Primitives.BF16));
        if (!chosen.isNarrow() && WinogradGradient.fits(op)) {
            weightsByWinograd(op, x, dy);
            return;
        }
        memory.desc gradientShape = chosen.description().diff_weights_desc();
        Buffer weightGradient = ParameterGradients.scratch(gradientShape);
        PrimitiveStep step = primitives
                .step(chosen.description(), threads)
                .with(DNNL_ARG_SRC, Primitives.of(chosen.operands(), source), layouts.operand(chosen, x))
                .with(DNNL_ARG_DIFF_DST, Primitives.of(chosen.operands(), result), layouts.operand(chosen, dy))
                .with(DNNL_ARG_DIFF_WEIGHTS, gradientShape, weightGradient);
        layouts.add(step);
        if (op.weight() != null) {
            gradients.add(weightGradient, gradientShape, op.weight(), form.as());
        }
        if (bias != null) {
            Buffer biasGradient = new Buffer(bias.length(), false, false);
            step.with(DNNL_ARG_DIFF_BIAS, biasShape, biasGradient);
            gradients.add(biasGradient, bias);
        }
    }

    private void weightsByWinograd(ConvolutionWeights op, Buffer x, Buffer dy) {
        Buffer ofWeight = new Buffer(Arrays.stream(op.weightShape()).reduce(1, (a, b) -> a * b), false, false);
        Buffer ofBias = op.bias() == null ? null : new Buffer(op.bias().length(), false, false);
        layouts.add(new WinogradGradient(
                target.kernels(), WinogradGradient.Size.of(op), primitives, x, dy, ofWeight, ofBias));
        if (op.weight() != null) {
            gradients.add(ofWeight, op.weight());
        }
        if (ofBias != null) {
            gradients.add(ofBias, op.bias());
        }
    }
}
