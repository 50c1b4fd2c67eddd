package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import java.util.function.BiFunction;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.deconvolution_backward_data;
import org.bytedeco.dnnl.deconvolution_backward_weights;
import org.bytedeco.dnnl.deconvolution_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.softmax_backward;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.onednn.Primitives.Weighted;
import org.diffusion4j.kernels.Kernels;

/**
 * Nodes of the backward pass to steps. What a parameter's gradient gets is first made in the arena, then added when it is
 * this worker's turn.
 */
final class EmitGradient {
    private final Layouts layouts;
    private final Primitives primitives;
    private final Weights weights;
    private final Training training;
    private final Emit forward;
    private final Kernels kernels = Kernels.best();

    EmitGradient(Layouts layouts, Primitives primitives, Weights weights, Training training, Emit forward) {
        this.layouts = layouts;
        this.primitives = primitives;
        this.weights = weights;
        this.training = training;
        this.forward = forward;
    }

    void add(Node node) {
        Op op = node.op();
        if (op instanceof Op.ConvolutionWeights convolution) {
            convolutionWeights(convolution, node);
        } else if (op instanceof Op.ConvolutionData convolution) {
            convolutionData(convolution.forward(), node);
        } else if (op instanceof Op.TransposedConvolutionWeights transposed) {
            transposedWeights(transposed.forward(), node);
        } else if (op instanceof Op.TransposedConvolutionData transposed) {
            transposedData(transposed.forward(), node);
        } else if (op instanceof Op.GroupNormGradient norm) {
            groupNorm(norm.forward(), node);
        } else if (op instanceof Op.GroupNormAgain norm) {
            groupNormAgain(norm.forward(), node);
        } else if (op instanceof Op.LinearWeights) {
            linearWeights(node);
        } else if (op instanceof Op.LinearData) {
            linearData(node);
        } else if (op instanceof Op.AttentionGradient attention) {
            attention(attention.forward(), node);
        } else if (op instanceof Op.SoftmaxGradient) {
            Buffer y = layouts.get(node.input(0), Layout.PLAIN);
            Buffer dy = layouts.get(node.input(1), Layout.PLAIN);
            softmax(
                    y,
                    dy,
                    layouts.make(node.output(), Layout.PLAIN),
                    node.output().shape());
        } else if (op instanceof Op.SiluGradient) {
            silu(node);
        } else if (op instanceof Op.UnaryGradient unary) {
            unary(unary.forward(), node);
        } else if (op instanceof Op.UpsampleNearestGradient) {
            upsample(node);
        } else if (op instanceof Op.PoolGradient pool) {
            pool(pool, node);
        } else if (op instanceof Op.SumTo) {
            Value in = node.input(0);
            Buffer x = layouts.get(in, Layout.PLAIN);
            Buffer y = layouts.make(node.output(), Layout.PLAIN);
            long[] strides = Loops.broadcast(node.output().shape(), in.shape());
            layouts.loop(() -> Loops.sumTo(x, in.shape(), y, strides), x, y);
        } else if (op instanceof Op.Accumulate) {
            accumulate(layouts.get(node.input(0), Layout.PLAIN), node.input(1));
        } else {
            forward.add(node); // one of the forward pass
        }
    }

    // Into the parameters' gradients ---------------------------------------------------------------------------------

    private void accumulate(Buffer gradient, Value parameter) {
        Buffer sum = training.gradient(parameter);
        Runnable loop = () -> kernels.add(sum.bytes(), gradient.bytes(), sum.bytes(), (int) sum.length());
        layouts.add(training.inTurn(Layouts.loopStep(loop, gradient, sum)));
    }

    /** Adds a gradient that lies as the primitive left it. */
    private void accumulate(Buffer gradient, memory.desc from, Value parameter, memory.desc as) {
        primitive_attr attributes = new primitive_attr();
        post_ops sum = new post_ops();
        sum.append_sum();
        attributes.set_post_ops(sum);
        int threads = primitives.threadsFor((double) parameter.length());
        reorder.primitive_desc description =
                new reorder.primitive_desc(primitives.engine(), from, primitives.engine(), as, attributes, false);
        layouts.add(training.inTurn(primitives
                .step(new reorder(description), threads)
                .with(DNNL_ARG_FROM, from, gradient)
                .with(DNNL_ARG_TO, as, training.gradient(parameter))));
    }

    private static Buffer scratch(memory.desc desc) {
        return new Buffer((desc.get_size() + 3) / 4, false, false);
    }

    // Convolutions ---------------------------------------------------------------------------------------------------

    /** oneDNN chooses a backward primitive by the forward one that it belongs to; empty where there is none in bf16. */
    private convolution_forward.primitive_desc hint(
            memory.data_type operands, ConvolutionForm form, memory.desc source, memory.desc target) {
        return new convolution_forward.primitive_desc(
                primitives.engine(),
                prop_kind.forward_training,
                algorithm.convolution_direct,
                Primitives.of(operands, source),
                form.any(operands),
                new memory.desc(),
                Primitives.of(operands, target),
                form.stride(),
                form.before(),
                form.after(),
                Primitives.attributes(),
                operands == Primitives.BF16);
    }

    private Weighted backward(
            ConvolutionForm form,
            memory.desc source,
            memory.desc target,
            BiFunction<memory.data_type, convolution_forward.primitive_desc, primitive_desc> described) {
        return primitives.weighted(operands -> {
            convolution_forward.primitive_desc hint = hint(operands, form, source, target);
            return hint.asBoolean() ? described.apply(operands, hint) : hint;
        });
    }

    private void convolutionWeights(Op.ConvolutionWeights op, Node node) {
        Value in = node.input(0);
        Value out = node.input(1);
        Value weight = node.input(2);
        Value bias = node.input(3);
        ConvolutionForm form = ConvolutionForm.of(op.forward(), op.weightShape());
        memory.desc source = Primitives.image(in, Layout.CHANNELS_LAST);
        memory.desc target = Primitives.image(out, Layout.CHANNELS_LAST);
        convolutionWeights(
                form,
                source,
                layouts.get(in, Layout.CHANNELS_LAST),
                target,
                layouts.get(out, Layout.CHANNELS_LAST),
                weight,
                bias,
                out.length());
    }

    private void convolutionWeights(
            ConvolutionForm form,
            memory.desc source,
            Buffer x,
            memory.desc target,
            Buffer dy,
            Value weight,
            Value bias,
            long outputs) {
        memory.desc biasShape = bias == null ? new memory.desc() : Primitives.plain(form.dims()[0]);
        int threads = primitives.threadsFor(outputs * form.work());
        Weighted chosen = backward(
                form,
                source,
                target,
                (operands, hint) -> new convolution_backward_weights.primitive_desc(
                        primitives.engine(),
                        algorithm.convolution_direct,
                        Primitives.of(operands, source),
                        form.any(Primitives.F32),
                        biasShape,
                        Primitives.of(operands, target),
                        form.stride(),
                        form.before(),
                        form.after(),
                        hint,
                        Primitives.attributes(),
                        operands == Primitives.BF16));
        memory.desc gradientShape = chosen.description().diff_weights_desc();
        Buffer weightGradient = scratch(gradientShape);
        PrimitiveStep step = primitives
                .step(chosen.description(), threads)
                .with(DNNL_ARG_SRC, Primitives.of(chosen.operands(), source), layouts.operand(chosen, x))
                .with(DNNL_ARG_DIFF_DST, Primitives.of(chosen.operands(), target), layouts.operand(chosen, dy))
                .with(DNNL_ARG_DIFF_WEIGHTS, gradientShape, weightGradient);
        layouts.add(step);
        if (weight != null) {
            accumulate(weightGradient, gradientShape, weight, form.as());
        }
        if (bias != null) {
            Buffer biasGradient = new Buffer(bias.length(), false, false);
            step.with(DNNL_ARG_DIFF_BIAS, biasShape, biasGradient);
            accumulate(biasGradient, bias);
        }
    }

    private void convolutionData(Op.Convolution op, Node node) {
        Value x = node.output();
        Value dy = node.input(0);
        Value weight = node.input(1);
        ConvolutionForm form = ConvolutionForm.of(op, weight.shape());
        memory.desc source = Primitives.image(x, Layout.CHANNELS_LAST);
        memory.desc target = Primitives.image(dy, Layout.CHANNELS_LAST);
        int threads = primitives.threadsFor(dy.length() * form.work());
        Weighted direct = backward(
                form,
                source,
                target,
                (operands, hint) -> new convolution_backward_data.primitive_desc(
                        primitives.engine(),
                        algorithm.convolution_direct,
                        source,
                        form.any(operands),
                        Primitives.of(operands, target),
                        form.stride(),
                        form.before(),
                        form.after(),
                        hint,
                        Primitives.attributes(),
                        operands == Primitives.BF16));
        Winograd.Size size = Winograd.Size.of(dy, x);
        if (!direct.isNarrow() && Winograd.fits(op, size, true)) {
            layouts.add(new Winograd(
                    kernels,
                    size,
                    primitives,
                    weights,
                    weight,
                    Weights.Pass.BACKWARD,
                    layouts.get(dy, Layout.CHANNELS_LAST),
                    null,
                    null,
                    layouts.make(x, Layout.CHANNELS_LAST)));
            return;
        }
        Buffer from = layouts.operand(direct, layouts.get(dy, Layout.CHANNELS_LAST));
        PrimitiveStep step = primitives
                .step(direct.description(), threads)
                .with(DNNL_ARG_DIFF_DST, Primitives.of(direct.operands(), target), from)
                .with(DNNL_ARG_DIFF_SRC, source, layouts.make(x, Layout.CHANNELS_LAST));
        layouts.add(layouts.withParameter(
                step, DNNL_ARG_WEIGHTS, weight, form.as(), direct.description().weights_desc()));
    }

    private void transposedWeights(Op.TransposedConvolution op, Node node) {
        Value in = node.input(0);
        Value out = node.input(1);
        Value weight = node.input(2);
        ConvolutionForm form = ConvolutionForm.of(op, weight.shape());
        memory.desc source = Primitives.image(in, Layout.CHANNELS_LAST);
        memory.desc target = Primitives.image(out, Layout.CHANNELS_LAST);
        int threads = primitives.threadsFor(in.length() * form.work());
        deconvolution_forward.primitive_desc hint =
                primitives.deconvolution(prop_kind.forward_training, form, Primitives.F32, source, target);
        deconvolution_backward_weights.primitive_desc description = new deconvolution_backward_weights.primitive_desc(
                primitives.engine(),
                algorithm.deconvolution_direct,
                source,
                form.any(Primitives.F32),
                new memory.desc(),
                target,
                form.stride(),
                form.before(),
                form.after(),
                hint,
                Primitives.attributes(),
                false);
        Buffer gradient = scratch(description.diff_weights_desc());
        layouts.add(primitives
                .step(description, threads)
                .with(DNNL_ARG_SRC, source, layouts.get(in, Layout.CHANNELS_LAST))
                .with(DNNL_ARG_DIFF_DST, target, layouts.get(out, Layout.CHANNELS_LAST))
                .with(DNNL_ARG_DIFF_WEIGHTS, description.diff_weights_desc(), gradient));
        accumulate(gradient, description.diff_weights_desc(), weight, form.as());
    }

    private void transposedData(Op.TransposedConvolution op, Node node) {
        Value x = node.output();
        Value dy = node.input(0);
        Value weight = node.input(1);
        ConvolutionForm form = ConvolutionForm.of(op, weight.shape());
        memory.desc source = Primitives.image(x, Layout.CHANNELS_LAST);
        memory.desc target = Primitives.image(dy, Layout.CHANNELS_LAST);
        int threads = primitives.threadsFor(x.length() * form.work());
        deconvolution_forward.primitive_desc hint =
                primitives.deconvolution(prop_kind.forward_training, form, Primitives.F32, source, target);
        deconvolution_backward_data.primitive_desc description = new deconvolution_backward_data.primitive_desc(
                primitives.engine(),
                algorithm.deconvolution_direct,
                source,
                form.any(Primitives.F32),
                target,
                form.stride(),
                form.before(),
                form.after(),
                hint,
                Primitives.attributes(),
                false);
        PrimitiveStep step = primitives
                .step(description, threads)
                .with(DNNL_ARG_DIFF_DST, target, layouts.get(dy, Layout.CHANNELS_LAST))
                .with(DNNL_ARG_DIFF_SRC, source, layouts.make(x, Layout.CHANNELS_LAST));
        layouts.add(layouts.withParameter(step, DNNL_ARG_WEIGHTS, weight, form.as(), description.weights_desc()));
    }

    // Norms ----------------------------------------------------------------------------------------------------------

    private void groupNorm(Op.GroupNorm op, Node node) {
        Value in = node.input(0);
        Value weight = node.input(1);
        Value bias = node.input(2);
        Value other = node.input(8);
        GroupNormGradientLoop.Operands operands = new GroupNormGradientLoop.Operands(
                layouts.get(in, Layout.CHANNELS_LAST),
                layouts.optional(weight),
                layouts.optional(bias),
                layouts.optional(node.input(3)),
                layouts.optional(node.input(4)),
                layouts.get(node.input(6), Layout.PLAIN),
                layouts.get(node.input(7), Layout.CHANNELS_LAST),
                other == null ? null : layouts.get(other, Layout.CHANNELS_LAST));
        GroupNormGradientLoop.Results results = new GroupNormGradientLoop.Results(
                layouts.make(node.output(), Layout.CHANNELS_LAST),
                made(node.output(1)),
                made(node.output(2)),
                made(node.output(3)),
                ofParameter(weight),
                ofParameter(bias));
        GroupNormGradientLoop loop =
                new GroupNormGradientLoop(kernels, GroupNormLoop.Size.of(in, op), operands, results);
        layouts.loop(loop, loop.buffers());
        if (results.weight() != null) {
            accumulate(results.weight(), weight);
        }
        if (results.bias() != null) {
            accumulate(results.bias(), bias);
        }
    }

    private void groupNormAgain(Op.GroupNorm op, Node node) {
        GroupNormLoop.Size size = GroupNormLoop.Size.of(node.input(0), op);
        Buffer x = layouts.get(node.input(0), Layout.CHANNELS_LAST);
        Buffer kept = layouts.get(node.input(1), Layout.PLAIN);
        Buffer y = layouts.make(node.output(), Layout.CHANNELS_LAST);
        float[] scale = new float[size.channels()];
        float[] shift = new float[size.channels()];
        layouts.loop(
                () -> {
                    for (int image = 0; image < size.images(); image++) {
                        int offset = image * size.imageBytes();
                        GroupNormLoop.Kept.SCALE.row(kept.bytes(), size, image, scale);
                        GroupNormLoop.Kept.SHIFT.row(kept.bytes(), size, image, shift);
                        kernels.affine(
                                x.bytes(),
                                offset,
                                y.bytes(),
                                offset,
                                size.positions(),
                                size.channels(),
                                scale,
                                shift,
                                size.activation());
                    }
                },
                x,
                kept,
                y);
    }

    private Buffer made(Value value) {
        return value == null ? null : layouts.make(value, Layout.PLAIN);
    }

    private Buffer ofParameter(Value parameter) {
        return parameter != null && training.has(parameter) ? new Buffer(parameter.length(), false, false) : null;
    }

    // Linear layers and attention ------------------------------------------------------------------------------------

    private void linearData(Node node) {
        Value x = node.output();
        Value dy = node.input(0);
        Value weight = node.input(1);
        layouts.add(primitives.product(
                Primitives.plain(dy.shape()),
                layouts.get(dy, Layout.PLAIN),
                Primitives.plain(weight.shape()),
                layouts.get(weight, Layout.PLAIN),
                Primitives.plain(x.shape()),
                layouts.make(x, Layout.PLAIN),
                dy.size(1),
                Primitives.attributes()));
    }

    private void linearWeights(Node node) {
        Value x = node.input(0);
        Value dy = node.input(1);
        Value weight = node.input(2);
        Value bias = node.input(3);
        Buffer from = layouts.get(x, Layout.PLAIN);
        Buffer gradient = layouts.get(dy, Layout.PLAIN);
        int rows = x.size(0);
        if (weight != null) {
            Buffer ofWeight = new Buffer(weight.length(), false, false);
            layouts.add(primitives.product(
                    Primitives.strided(dy.shape(), true),
                    gradient,
                    Primitives.plain(x.shape()),
                    from,
                    Primitives.plain(weight.shape()),
                    ofWeight,
                    rows,
                    Primitives.attributes()));
            accumulate(ofWeight, weight);
        }
        if (bias != null) {
            Buffer ofBias = new Buffer(bias.length(), false, false);
            int columns = dy.size(1);
            float[] sums = new float[columns];
            float[] squares = new float[columns];
            layouts.loop(
                    () -> {
                        kernels.columnSums(gradient.bytes(), 0, rows, columns, sums, squares);
                        for (int c = 0; c < columns; c++) {
                            ofBias.set(c, (double) sums[c] + rows * gradient.get(c)); // they are less the first row
                        }
                    },
                    gradient,
                    ofBias);
            accumulate(ofBias, bias);
        }
    }

    private void attention(Op.Attention op, Node node) {
        AttentionForm form = AttentionForm.of(op, node.input(0), node.input(1));
        Buffer q = layouts.get(node.input(0), Layout.PLAIN);
        Buffer k = layouts.get(node.input(1), Layout.PLAIN);
        Buffer v = layouts.get(node.input(2), Layout.PLAIN);
        Buffer shares = layouts.get(node.input(3), Layout.PLAIN);
        Buffer dy = layouts.get(node.input(4), Layout.PLAIN);
        Buffer dq = layouts.make(node.output(0), Layout.PLAIN);
        Buffer dk = layouts.make(node.output(1), Layout.PLAIN);
        Buffer dv = layouts.make(node.output(2), Layout.PLAIN);
        Buffer ofShares = form.scoreBuffer();
        Buffer ofScores = form.scoreBuffer();
        long s = form.s();
        long l = form.l();
        primitive_attr scaled = Primitives.attributes();
        post_ops after = new post_ops();
        after.append_eltwise(algorithm.eltwise_linear, (float) op.scale(), 0);
        scaled.set_post_ops(after);
        layouts.add(primitives.product(
                form.scoresTransposed(), shares, form.heads(s), dy, form.heads(l), dv, s, Primitives.attributes()));
        layouts.add(primitives.product(
                form.heads(s),
                dy,
                form.headsTransposed(l),
                v,
                form.scores(),
                ofShares,
                form.d(),
                Primitives.attributes()));
        softmax(shares, ofShares, ofScores, form.n(), form.h(), s, l);
        layouts.add(primitives.product(form.scores(), ofScores, form.heads(l), k, form.heads(s), dq, l, scaled));
        layouts.add(
                primitives.product(form.scoresTransposed(), ofScores, form.heads(s), q, form.heads(l), dk, s, scaled));
    }

    private void softmax(Buffer y, Buffer dy, Buffer dx, long... shape) {
        memory.desc form = Primitives.plain(shape);
        int axis = shape.length - 1;
        int threads = primitives.threadsFor(10.0 * y.length());
        softmax_backward.primitive_desc description = new softmax_backward.primitive_desc(
                primitives.engine(),
                algorithm.softmax_accurate,
                form,
                form,
                form,
                axis,
                primitives.softmax(prop_kind.forward_training, form, axis),
                Primitives.attributes(),
                false);
        layouts.add(primitives
                .step(description, threads)
                .with(DNNL_ARG_DST, form, y)
                .with(DNNL_ARG_DIFF_DST, form, dy)
                .with(DNNL_ARG_DIFF_SRC, form, dx));
    }

    // Loops ----------------------------------------------------------------------------------------------------------

    private void silu(Node node) {
        Layout layout = layouts.first(node.input(0));
        Buffer x = layouts.get(node.input(0), layout);
        Buffer dy = layouts.get(node.input(1), layout);
        Buffer dx = layouts.make(node.output(), layout);
        layouts.loop(() -> kernels.siluGradient(x.bytes(), dy.bytes(), dx.bytes(), (int) dx.length()), x, dy, dx);
    }

    private void unary(Op.Unary op, Node node) {
        Layout layout = layouts.first(node.input(0));
        Buffer x = layouts.get(node.input(0), layout);
        Buffer y = layouts.get(node.input(1), layout);
        Buffer dy = layouts.get(node.input(2), layout);
        Buffer dx = layouts.make(node.output(), layout);
        layouts.loop(
                () -> {
                    for (long i = 0; i < dx.length(); i++) {
                        dx.set(i, dy.get(i) * Loops.slope(op, x.get(i), y.get(i)));
                    }
                },
                x,
                y,
                dy,
                dx);
    }

    private void upsample(Node node) {
        Value out = node.output();
        Buffer dy = layouts.get(node.input(0), Layout.CHANNELS_LAST);
        Buffer dx = layouts.make(out, Layout.CHANNELS_LAST);
        int image = 4 * out.size(1) * out.size(2) * out.size(3);
        layouts.loop(
                () -> {
                    for (int i = 0; i < out.size(0); i++) {
                        kernels.upsampleNearestGradient(
                                dy.bytes(),
                                4 * i * image,
                                dx.bytes(),
                                i * image,
                                out.size(2),
                                out.size(3),
                                out.size(1));
                    }
                },
                dy,
                dx);
    }

    private void pool(Op.PoolGradient op, Node node) {
        Value in = node.input(0);
        Buffer x = layouts.get(in, Layout.PLAIN);
        Buffer dy = layouts.get(node.input(1), Layout.PLAIN);
        Buffer dx = layouts.make(node.output(), Layout.PLAIN);
        int planes = in.size(0) * in.size(1);
        layouts.loop(() -> Loops.poolGradient(op.max(), x, dy, dx, planes, in.size(2), in.size(3)), x, dy, dx);
    }
}
