package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_desc;
import org.diffusion4j.engine.onednn.Primitives.Weighted;

/**
 * A convolution of one image in parts that threads share: some rows of the result each, or some of its channels if it has
 * only one pixel. They run the kernels of the undivided primitive, so each number is added up in the same order.
 */
final class ConvolutionParts implements Step {
    /** A part with fewer multiplications takes less time than what the other threads need to begin. */
    private static final double LEAST_WORK = 2e5;

    private final List<PrimitiveStep> parts;

    /**
     * What is divided.
     *
     * @param form the weight and the geometry
     * @param direct the undivided primitive
     * @param source the operand's shape
     * @param x the operand, in the primitive's type
     * @param weight the packed weight
     * @param bias the bias; null for none
     * @param result the result's shape
     * @param residual what is added to the result; null for none
     * @param y the result
     */
    record Whole(
            ConvolutionForm form,
            Weighted direct,
            memory.desc source,
            Buffer x,
            memory weight,
            memory bias,
            memory.desc result,
            Buffer residual,
            Buffer y) {
        private long size(memory.desc image, int dimension) {
            return image.get_dims().get(dimension);
        }

        private long out() {
            return size(result, 1);
        }

        private int bytes() {
            return direct.isNarrow() ? 2 : 4;
        }
    }

    /** Makes the primitive of a part, which has the whole's post-operations. */
    interface Described {
        primitive_desc of(memory.desc source, memory.desc weight, memory.desc result, long[] before, long[] after);
    }

    private ConvolutionParts(List<PrimitiveStep> parts) {
        this.parts = parts;
    }

    /** The step in parts; null if it isn't worth dividing, or if oneDNN would compute a part by another implementation. */
    static ConvolutionParts of(Primitives primitives, Whole whole, Described described) {
        double work = whole.y.length() * whole.form.work();
        int most = (int) Math.min(primitives.team(), work / LEAST_WORK);
        if (most < 2 || whole.size(whole.source, 0) != 1) {
            return null;
        }
        boolean byColumns = whole.size(whole.result, 2) == 1
                && whole.form.dims()[3] == 1
                && whole.form.stride()[1] == 1
                && whole.size(whole.source, 3) == whole.size(whole.result, 3);
        int dimension = byColumns ? 3 : 2;
        long rows = whole.size(whole.result, dimension);
        if (rows == 1) {
            return ofChannels(primitives, whole, described, most);
        }
        int count = (int) Math.min(most, rows);
        List<PrimitiveStep> parts = new ArrayList<>();
        for (int part = 0; part < count; part++) {
            int from = Stage.begin((int) rows, part, count);
            int to = Stage.begin((int) rows, part + 1, count);
            PrimitiveStep step = rows(primitives, whole, described, dimension, from, to);
            if (step == null) {
                return null;
            }
            parts.add(step);
        }
        return new ConvolutionParts(parts);
    }

    private static PrimitiveStep rows(
            Primitives primitives, Whole whole, Described described, int dimension, int from, int to) {
        int axis = dimension - 2;
        long begin = from * whole.form.stride()[axis] - whole.form.before()[axis];
        long end = (to - 1) * whole.form.stride()[axis]
                - whole.form.before()[axis]
                + whole.form.dims()[dimension];
        long height = whole.size(whole.source, dimension);
        long first = Math.max(0, begin);
        long last = Math.min(height, end);
        if (last <= first) {
            return null; // these rows see only the padding
        }
        long[] before = whole.form.before().clone();
        long[] after = whole.form.after().clone();
        before[axis] = first - begin;
        after[axis] = end - last;
        memory.desc source = some(whole.source, dimension, last - first);
        memory.desc result = some(whole.result, dimension, to - from);
        primitive_desc description = described.of(source, whole.weight.get_desc(), result, before, after);
        if (!isSame(description, whole)) {
            return null;
        }
        long line = whole.size(whole.source, 1) * (dimension == 2 ? whole.size(whole.source, 3) : 1);
        long resultLine = whole.out() * (dimension == 2 ? whole.size(whole.result, 3) : 1);
        PrimitiveStep step = primitives
                .step(description, 1)
                .with(
                        DNNL_ARG_SRC,
                        Primitives.of(whole.direct.operands(), source),
                        whole.x,
                        whole.bytes() * first * line)
                .with(DNNL_ARG_WEIGHTS, whole.weight)
                .with(DNNL_ARG_DST, result, whole.y, 4L * from * resultLine);
        if (whole.bias != null) {
            step.with(DNNL_ARG_BIAS, whole.bias);
        }
        return withResidual(step, whole, result, 4L * from * resultLine);
    }

    private static PrimitiveStep withResidual(PrimitiveStep step, Whole whole, memory.desc result, long offset) {
        return whole.residual == null
                ? step
                : step.with(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | DNNL_ARG_SRC_1, result, whole.residual, offset);
    }

    private static boolean isSame(primitive_desc description, Whole whole) {
        return description.asBoolean()
                && description
                        .impl_info_str()
                        .getString()
                        .equals(whole.direct.description().impl_info_str().getString());
    }

    /** The description of an image with another height or width. */
    private static memory.desc some(memory.desc image, int dimension, long size) {
        long[] dims = new long[4];
        image.get_dims().get(dims);
        dims[dimension] = size;
        return new memory.desc(dims, Primitives.F32, memory.format_tag.nhwc);
    }

    /** Parts of the channels of a single pixel, whose weights lie one after the other. */
    private static ConvolutionParts ofChannels(Primitives primitives, Whole whole, Described described, int most) {
        memory.desc all = whole.weight.get_desc();
        int block = 1;
        for (int i = 0; i < all.get_inner_nblks(); i++) {
            if (all.get_inner_idxs().get(i) == 0) {
                block *= (int) all.get_inner_blks().get(i);
            }
        }
        long out = whole.out();
        if (out % block != 0 || whole.size(whole.result, 3) != 1) {
            return null;
        }
        int blocks = (int) (out / block);
        int count = Math.min(most, blocks);
        List<PrimitiveStep> parts = new ArrayList<>();
        for (int part = 0; part < count; part++) {
            int from = Stage.begin(blocks, part, count);
            long channels = (long) (Stage.begin(blocks, part + 1, count) - from) * block;
            long first = (long) from * block;
            long[] dims = whole.form.dims().clone();
            dims[0] = channels;
            memory.desc weight = all.submemory_desc(dims, new long[4]);
            memory.desc result = some(whole.result, 1, channels);
            primitive_desc description =
                    described.of(whole.source, weight, result, whole.form.before(), whole.form.after());
            if (!isSame(description, whole)) {
                return null;
            }
            PrimitiveStep step = primitives
                    .step(description, 1)
                    .with(DNNL_ARG_SRC, Primitives.of(whole.direct.operands(), whole.source), whole.x)
                    .with(
                            DNNL_ARG_WEIGHTS,
                            weight,
                            whole.weight,
                            (long) whole.bytes() * from * all.get_strides().get(0))
                    .with(DNNL_ARG_DST, result, whole.y, 4L * first);
            if (whole.bias != null) {
                step.with(DNNL_ARG_BIAS, Primitives.plain(channels), whole.bias, 4L * first);
            }
            parts.add(withResidual(step, whole, result, 4L * first));
        }
        return new ConvolutionParts(parts);
    }

    @Override
    public List<Buffer> buffers() {
        return parts.stream()
                .flatMap(part -> part.buffers().stream())
                .distinct()
                .toList();
    }

    @Override
    public void bind() {
        parts.forEach(PrimitiveStep::bind);
    }

    @Override
    public List<Stage> stages() {
        return List.of(new Stage(parts.size(), (part, thread) -> parts.get(part).run()));
    }

    @Override
    public void run() {
        Stage.run(stages());
    }
}
