package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import java.util.function.BiFunction;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.onednn.Primitives.Weighted;

/**
 * What convolutions, transposed convolutions and linear layers (as 1×1 convolutions) have in common.
 *
 * @param target the program that the steps are added to
 */
record ConvolutionSteps(Target target) {
    /** Makes a primitive's description for operands of a type; it is empty if there is none. */
    interface Described {
        primitive_desc of(memory.data_type operands, memory.desc source, memory.desc target);
    }

    /** The primitive of a forward pass. */
    Weighted forward(ConvolutionForm form, memory.desc source, Value bias, memory.desc result, boolean residual) {
        return weighted(
                source,
                result,
                (operands, from, to) -> new convolution_forward.primitive_desc(
                        target.primitives().engine(),
                        prop_kind.forward_inference,
                        algorithm.convolution_direct,
                        Primitives.of(operands, from),
                        form.any(operands),
                        bias == null ? new memory.desc() : Primitives.plain(form.dims()[0]),
                        to,
                        form.stride(),
                        form.before(),
                        form.after(),
                        residual ? adding(to) : Primitives.attributes(),
                        operands == Primitives.BF16));
    }

    private static primitive_attr adding(memory.desc residual) {
        primitive_attr attributes = Primitives.attributes();
        post_ops after = new post_ops();
        after.append_binary(algorithm.binary_add, residual);
        attributes.set_post_ops(after);
        return attributes;
    }

    /** A primitive of the forward pass. In training it is always made for all images of the batch. */
    Weighted weighted(memory.desc source, memory.desc result, Described described) {
        return target.primitives()
                .weighted(operands -> target.layouts().isTraining()
                        ? described.of(operands, source, result)
                        : Primitives.madeAs(
                                described.of(operands, Primitives.oneImage(source), Primitives.oneImage(result)),
                                () -> described.of(operands, source, result)));
    }

    /** The step of a forward pass, with its operand and its weight. */
    PrimitiveStep step(
            Weighted weighted, memory.desc source, Buffer x, ConvolutionForm form, Value weight, int wanted) {
        PrimitiveStep step = target.primitives()
                .step(weighted.description(), wanted)
                .with(
                        DNNL_ARG_SRC,
                        Primitives.of(weighted.operands(), source),
                        target.layouts().operand(weighted, x));
        return target.layouts()
                .withParameter(
                        step,
                        DNNL_ARG_WEIGHTS,
                        weight,
                        form.as(),
                        weighted.description().weights_desc());
    }

    /** A step with a bias, if there is one. */
    PrimitiveStep withBias(PrimitiveStep step, ConvolutionForm form, Value bias) {
        memory.desc shape = Primitives.plain(form.dims()[0]);
        return bias == null ? step : target.layouts().withParameter(step, DNNL_ARG_BIAS, bias, shape, shape);
    }

    /** A primitive of the backward pass, described with the help of the forward primitive that it belongs to. */
    Weighted backward(
            ConvolutionForm form,
            memory.desc source,
            memory.desc result,
            BiFunction<memory.data_type, convolution_forward.primitive_desc, primitive_desc> described) {
        return target.primitives().weighted(operands -> {
            convolution_forward.primitive_desc hint = hint(operands, form, source, result);
            return hint.asBoolean() ? described.apply(operands, hint) : hint;
        });
    }

    /** The description of the forward primitive, by which oneDNN chooses the backward primitive; empty if there is none in bf16. */
    private convolution_forward.primitive_desc hint(
            memory.data_type operands, ConvolutionForm form, memory.desc source, memory.desc result) {
        return new convolution_forward.primitive_desc(
                target.primitives().engine(),
                prop_kind.forward_training,
                algorithm.convolution_direct,
                Primitives.of(operands, source),
                form.any(operands),
                new memory.desc(),
                Primitives.of(operands, result),
                form.stride(),
                form.before(),
                form.after(),
                Primitives.attributes(),
                operands == Primitives.BF16);
    }
}
