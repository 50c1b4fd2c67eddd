package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import org.bytedeco.dnnl.deconvolution_backward_data;
import org.bytedeco.dnnl.deconvolution_backward_weights;
import org.bytedeco.dnnl.deconvolution_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedConvolution;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedConvolutionData;
import org.diffusion4j.engine.ir.ConvolutionOp.TransposedConvolutionWeights;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.onednn.Primitives.Weighted;

/** Lowers transposed convolutions. */
final class TransposedConvolutionLowering {
    private final Layouts layouts;
    private final Primitives primitives;
    private final ConvolutionSteps steps;
    private final ParameterGradients gradients;

    TransposedConvolutionLowering(Target target) {
        this.layouts = target.layouts();
        this.primitives = target.primitives();
        this.steps = new ConvolutionSteps(target);
        this.gradients = new ParameterGradients(target);
    }

    void addTo(Lowerings lowerings) {
        lowerings.add(TransposedConvolution.class, this::transposed);
        lowerings.add(TransposedConvolutionData.class, this::data);
        lowerings.add(TransposedConvolutionWeights.class, (op, y) -> weights(op));
    }

    private void transposed(TransposedConvolution op, Value y) {
        ConvolutionForm form = ConvolutionForm.of(op.geometry(), op.weight().shape());
        memory.desc source = Primitives.image(op.x(), Layout.CHANNELS_LAST);
        memory.desc result = Primitives.image(y, Layout.CHANNELS_LAST);
        Buffer x = layouts.get(op.x(), Layout.CHANNELS_LAST);
        int wanted = primitives.threadsFor(y.length() * form.work() / 4);
        Weighted transposed = steps.weighted(
                source,
                result,
                (operands, from, to) ->
                        primitives.deconvolution(prop_kind.forward_inference, form, operands, from, to));
        layouts.add(steps.step(transposed, source, x, form, op.weight(), wanted)
                .with(DNNL_ARG_DST, result, layouts.make(y, Layout.CHANNELS_LAST)));
    }

    private void data(TransposedConvolutionData op, Value x) {
        Value dy = op.dy();
        ConvolutionForm form = ConvolutionForm.of(op.geometry(), op.weight().shape());
        memory.desc source = Primitives.image(x, Layout.CHANNELS_LAST);
        memory.desc result = Primitives.image(dy, Layout.CHANNELS_LAST);
        int threads = primitives.threadsFor(x.length() * form.work());
        deconvolution_forward.primitive_desc hint =
                primitives.deconvolution(prop_kind.forward_training, form, Primitives.F32, source, result);
        deconvolution_backward_data.primitive_desc description = new deconvolution_backward_data.primitive_desc(
                primitives.engine(),
                algorithm.deconvolution_direct,
                source,
                form.any(Primitives.F32),
                result,
                form.stride(),
                form.before(),
                form.after(),
                hint,
                Primitives.attributes(),
                false);
        PrimitiveStep step = primitives
                .step(description, threads)
                .with(DNNL_ARG_DIFF_DST, result, layouts.get(dy, Layout.CHANNELS_LAST))
                .with(DNNL_ARG_DIFF_SRC, source, layouts.make(x, Layout.CHANNELS_LAST));
        layouts.add(layouts.withParameter(step, DNNL_ARG_WEIGHTS, op.weight(), form.as(), description.weights_desc()));
    }

    private void weights(TransposedConvolutionWeights op) {
        Value in = op.x();
        Value out = op.dy();
        ConvolutionForm form = ConvolutionForm.of(op.geometry(), op.weight().shape());
        memory.desc source = Primitives.image(in, Layout.CHANNELS_LAST);
        memory.desc result = Primitives.image(out, Layout.CHANNELS_LAST);
        int threads = primitives.threadsFor(in.length() * form.work());
        deconvolution_forward.primitive_desc hint =
                primitives.deconvolution(prop_kind.forward_training, form, Primitives.F32, source, result);
        deconvolution_backward_weights.primitive_desc description = new deconvolution_backward_weights.primitive_desc(
                primitives.engine(),
                algorithm.deconvolution_direct,
                source,
                form.any(Primitives.F32),
                new memory.desc(),
                result,
                form.stride(),
                form.before(),
                form.after(),
                hint,
                Primitives.attributes(),
                false);
        Buffer gradient = ParameterGradients.scratch(description.diff_weights_desc());
        layouts.add(primitives
                .step(description, threads)
                .with(DNNL_ARG_SRC, source, layouts.get(in, Layout.CHANNELS_LAST))
                .with(DNNL_ARG_DIFF_DST, result, layouts.get(out, Layout.CHANNELS_LAST))
                .with(DNNL_ARG_DIFF_WEIGHTS, description.diff_weights_desc(), gradient));
        gradients.add(gradient, description.diff_weights_desc(), op.weight(), form.as());
    }
}
