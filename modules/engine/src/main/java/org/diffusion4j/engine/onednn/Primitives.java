package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.dnnl.deconvolution_forward;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.fpmath_mode;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.global.dnnl.scratchpad_mode;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.softmax_backward;
import org.bytedeco.dnnl.softmax_forward;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.LongPointer;
import org.diffusion4j.engine.ir.Value;

/** What every primitive needs: the processor, a stream, the number of threads, the precision and descriptions of memory. */
final class Primitives {
    static final memory.data_type F32 = memory.data_type.f32;
    static final memory.data_type BF16 = memory.data_type.bf16;

    private final engine engine;
    private final stream stream;
    private final int threads;
    private final int team;
    private final boolean bf16;

    /** The description of a primitive that multiplies by a weight, with the type of its operands. */
    record Weighted(primitive_desc description, memory.data_type operands) {
        boolean isNarrow() {
            return operands == BF16;
        }
    }

    /**
     * Makes what the primitives of one program need.
     *
     * @param threads the number of threads that each primitive may use
     * @param team the number of threads that share the parts of the steps; one of the two numbers is 1, since oneDNN's
     *     threads keep their cores for a while after each primitive
     * @param bf16 whether convolutions and linear layers have their operands in bf16
     */
    Primitives(engine engine, stream stream, int threads, int team, boolean bf16) {
        this.engine = engine;
        this.stream = stream;
        this.threads = threads;
        this.team = team;
        this.bf16 = bf16;
    }

    int threads() {
        return threads;
    }

    int team() {
        return team;
    }

    engine engine() {
        return engine;
    }

    static memory.desc image(Value value, Layout layout) {
        return new memory.desc(
                value.shape(), F32, layout == Layout.PLAIN ? memory.format_tag.nchw : memory.format_tag.nhwc);
    }

    static memory.desc plain(long... shape) {
        return new memory.desc(shape, F32, Loops.strides(shape));
    }

    /** A row-major array, optionally with its last two dimensions swapped. */
    static memory.desc strided(long[] shape, boolean transposed) {
        long[] dims = shape.clone();
        long[] strides = Loops.strides(shape);
        if (transposed) {
            int last = dims.length - 1;
            long swap = dims[last];
            dims[last] = dims[last - 1];
            dims[last - 1] = swap;
            swap = strides[last];
            strides[last] = strides[last - 1];
            strides[last - 1] = swap;
        }
        return new memory.desc(dims, F32, strides);
    }

    /** The same dimensions and strides with elements of another type. */
    static memory.desc of(memory.data_type type, memory.desc desc) {
        return type == F32 ? desc : new memory.desc(desc.get_dims(), type, desc.get_strides());
    }

    /**
     * Whether there is such a primitive that is optimised for the processor; oneDNN's reference implementations are plain
     * loops.
     */
    static boolean isMade(primitive_desc description) {
        return description.asBoolean()
                && !description.impl_info_str().getString().contains("ref");
    }

    /**
     * Describes a primitive for all images with the implementation that oneDNN chooses for a single image, if it can.
     * oneDNN's first choice may depend on the number of images, and the last bits of an image's result would depend on it,
     * too. (With one row per image, for example, two rows use vectors, but three use AMX.)
     *
     * @param one a description for one image
     * @param all makes the description for all images
     * @return a description for all images; {@code one} if that is empty
     */
    static primitive_desc madeAs(primitive_desc one, Supplier<primitive_desc> all) {
        if (!one.asBoolean()) {
            return one;
        }
        String wanted = one.impl_info_str().getString();
        primitive_desc found = all.get();
        while (found.asBoolean()) {
            if (found.impl_info_str().getString().equals(wanted)) {
                return found;
            }
            if (!found.next_impl()) {
                break;
            }
        }
        return all.get();
    }

    /** The description of one image, made from that of all images. */
    static memory.desc oneImage(memory.desc images) {
        LongPointer dims = images.get_dims();
        dims.put(0, 1);
        return new memory.desc(dims, images.get_data_type(), images.get_strides());
    }

    /**
     * Chooses bf16 if that is asked for and oneDNN has it for these sizes, otherwise float32.
     *
     * @param described makes a description for operands of a type; it is empty if there is none
     */
    Weighted weighted(Function<memory.data_type, primitive_desc> described) {
        if (bf16) {
            primitive_desc narrow = described.apply(BF16);
            if (isMade(narrow)) {
                return new Weighted(narrow, BF16);
            }
        }
        return new Weighted(described.apply(F32), F32);
    }

    /** Memory for a number of elements of a type. */
    static Buffer buffer(memory.data_type type, long length) {
        return new Buffer(type == BF16 ? (length + 1) / 2 : length, false, false);
    }

    static primitive_attr attributes() {
        primitive_attr attributes = new primitive_attr();
        attributes.set_scratchpad_mode(scratchpad_mode.user);
        return attributes;
    }

    /** Attributes of a product of float32 operands that are rounded to bf16 within, if that is asked for and faster. */
    primitive_attr mathAttributes() {
        primitive_attr attributes = attributes();
        if (bf16) {
            attributes.set_fpmath_mode(fpmath_mode.bf16);
        }
        return attributes;
    }

    /**
     * The number of threads for a primitive with a number of multiplications. It must be the same when the primitive is
     * made and when it runs. A small primitive takes less time than waking a second thread.
     */
    int threadsFor(double multiplications) {
        int wanted = multiplications < 1e6 ? 1 : threads;
        OpenMp.setThreads(wanted);
        return wanted;
    }

    PrimitiveStep step(primitive primitive, int wanted) {
        return new PrimitiveStep(primitive, engine, stream, wanted);
    }

    /** A step with a primitive and its scratchpad, which is in the arena while the step runs. */
    PrimitiveStep step(primitive_desc description, int wanted) {
        OpenMp.setThreads(wanted);
        PrimitiveStep step = step(new primitive(description), wanted);
        memory.desc scratchpad = description.scratchpad_desc();
        if (scratchpad.get_size() > 0) {
            step.with(DNNL_ARG_SCRATCHPAD, scratchpad, scratch(scratchpad));
        }
        return step;
    }

    /** A primitive that runs on parts of its buffers, with its scratchpad. */
    MovingPrimitive moving(primitive_desc description, int wanted) {
        OpenMp.setThreads(wanted);
        MovingPrimitive moving = new MovingPrimitive(description, engine, stream, wanted);
        memory.desc scratchpad = description.scratchpad_desc();
        if (scratchpad.get_size() > 0) {
            moving.with(DNNL_ARG_SCRATCHPAD, scratchpad, MovingPrimitive.Window.still(scratch(scratchpad)));
        }
        return moving;
    }

    /** Copies a part of a buffer into another form. */
    MovingPrimitive movingCopy(memory.desc a, MovingPrimitive.Window from, memory.desc b, MovingPrimitive.Window to) {
        int wanted = threadsFor(1);
        reorder copy = new reorder(new reorder.primitive_desc(engine, a, engine, b));
        return new MovingPrimitive(copy, engine, stream, wanted)
                .with(DNNL_ARG_SRC, a, from)
                .with(DNNL_ARG_DST, b, to);
    }

    private static Buffer scratch(memory.desc scratchpad) {
        return new Buffer((scratchpad.get_size() + 3) / 4, false, false);
    }

    /** y = a·b over the last two dimensions. */
    PrimitiveStep product(
            memory.desc a,
            Buffer left,
            memory.desc b,
            Buffer right,
            memory.desc y,
            Buffer out,
            long depth,
            primitive_attr attributes) {
        int wanted = threadsFor((double) out.length() * depth);
        matmul.primitive_desc description = new matmul.primitive_desc(engine, a, b, y, attributes, false);
        return step(description, wanted)
                .with(DNNL_ARG_SRC, a, left)
                .with(DNNL_ARG_WEIGHTS, b, right)
                .with(DNNL_ARG_DST, y, out);
    }

    softmax_forward.primitive_desc softmax(prop_kind kind, memory.desc form, int axis) {
        return new softmax_forward.primitive_desc(
                engine, kind, algorithm.softmax_accurate, form, form, axis, attributes(), false);
    }

    softmax_backward.primitive_desc softmaxGradient(memory.desc form, int axis) {
        return new softmax_backward.primitive_desc(
                engine,
                algorithm.softmax_accurate,
                form,
                form,
                form,
                axis,
                softmax(prop_kind.forward_training, form, axis),
                attributes(),
                false);
    }

    /** Describes a transposed convolution with operands of a type and a float32 result; empty if there is none in bf16. */
    deconvolution_forward.primitive_desc deconvolution(
            prop_kind kind, ConvolutionForm form, memory.data_type operands, memory.desc source, memory.desc target) {
        return new deconvolution_forward.primitive_desc(
                engine,
                kind,
                algorithm.deconvolution_direct,
                of(operands, source),
                form.any(operands),
                new memory.desc(),
                target,
                form.stride(),
                form.before(),
                form.after(),
                attributes(),
                operands == BF16);
    }
}
