package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
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
                (operands, from, to) -> described(
                        form, operands, from, form.any(operands), bias, to, residual, form.before(), form.after()));
    }

    private convolution_forward.primitive_desc described(
            ConvolutionForm form,
            memory.data_type operands,
            memory.desc source,
            memory.desc weight,
            Value bias,
            memory.desc result,
            boolean residual,
            long[] before,
            long[] after) {
        return new convolution_forward.primitive_desc(
                target.primitives().engine(),
                prop_kind.forward_inference,
                algorithm.convolution_direct,
                Primitives.of(operands, source),
                weight,
                bias == null
                        ? new memory.desc()
                        : Primitives.plain(weight.get_dims().get(0)),
                result,
                form.stride(),
                before,
                after,
                residual ? adding(result) : Primitives.attributes(),
                operands == Primitives.BF16);
    }

    /**
     * Adds a convolution of the forward pass, in parts if threads share them.
     *
     * @param direct its primitive
     * @param residual what is added to the result; null for nothing
     * @param y gets the result
     * @param wanted the number of threads of the undivided primitive
     */
    void add(
            Weighted direct,
            ConvolutionForm form,
            memory.desc source,
            Buffer x,
            Value weight,
            Value bias,
            memory.desc result,
            Buffer residual,
            Buffer y,
            int wanted) {
        if (target.primitives().team() > 1) {
            memory.desc plain = Primitives.plain(form.dims()[0]);
            ConvolutionParts parts = ConvolutionParts.of(
                    target.primitives(),
                    new ConvolutionParts.Whole(
                            form,
                            direct,
                            source,
                            target.layouts().operand(direct, x),
                            target.weights()
                                    .packed(
                                            weight,
                                            form.as(),
                                            direct.description().weights_desc()),
                            bias == null ? null : target.weights().packed(bias, plain, plain),
                            result,
                            residual,
                            y),
                    (from, packed, to, before, after) -> described(
                            form, direct.operands(), from, packed, bias, to, residual != null, before, after));
            if (parts != null) {
                target.layouts().add(parts);
                return;
            }
        }
        PrimitiveStep step = withBias(step(direct, source, x, form, weight, wanted), form, bias)
                .with(DNNL_ARG_DST, result, y);
        if (residual != null) {
            step.with(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | DNNL_ARG_SRC_1, result, residual);
        }
        target.layouts().add(step);
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
