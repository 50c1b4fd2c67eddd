package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;

import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.softmax_backward;
import org.bytedeco.dnnl.softmax_forward;
import org.diffusion4j.engine.ir.ReductionOp.Mean;
import org.diffusion4j.engine.ir.ReductionOp.Softmax;
import org.diffusion4j.engine.ir.ReductionOp.SoftmaxGradient;
import org.diffusion4j.engine.ir.ReductionOp.SumTo;
import org.diffusion4j.engine.ir.Value;

/** Lowers the ops that reduce whole dimensions. */
final class ReductionLowering {
    private final Layouts layouts;
    private final Primitives primitives;

    ReductionLowering(Target target) {
        this.layouts = target.layouts();
        this.primitives = target.primitives();
    }

    void addTo(Lowerings lowerings) {
        lowerings.add(Mean.class, this::mean);
        lowerings.add(SumTo.class, this::sumTo);
        lowerings.add(Softmax.class, this::softmax);
        lowerings.add(SoftmaxGradient.class, this::softmaxGradient);
    }

    private void mean(Mean op, Value y) {
        Buffer from = layouts.get(op.x(), Layout.PLAIN);
        Buffer to = layouts.make(y, Layout.PLAIN);
        long[] strides = Loops.broadcast(y.shape(), op.x().shape());
        layouts.loop(() -> Loops.mean(from, op.x().shape(), to, strides), from, to);
    }

    private void sumTo(SumTo op, Value result) {
        Buffer x = layouts.get(op.x(), Layout.PLAIN);
        Buffer y = layouts.make(result, Layout.PLAIN);
        long[] strides = Loops.broadcast(result.shape(), op.x().shape());
        layouts.loop(() -> Loops.sumTo(x, op.x().shape(), y, strides), x, y);
    }

    private void softmax(Softmax op, Value y) {
        Buffer x = layouts.get(op.x(), Layout.PLAIN);
        softmax(x, layouts.make(y, Layout.PLAIN), y.shape());
    }

    /** Adds a softmax over the last dimension. */
    void softmax(Buffer x, Buffer y, long... shape) {
        memory.desc form = Primitives.plain(shape);
        int wanted = primitives.threadsFor(10.0 * x.length());
        softmax_forward.primitive_desc description =
                primitives.softmax(prop_kind.forward_inference, form, shape.length - 1);
        layouts.add(
                primitives.step(description, wanted).with(DNNL_ARG_SRC, form, x).with(DNNL_ARG_DST, form, y));
    }

    private void softmaxGradient(SoftmaxGradient op, Value dx) {
        Buffer y = layouts.get(op.y(), Layout.PLAIN);
        Buffer dy = layouts.get(op.dy(), Layout.PLAIN);
        softmaxGradient(y, dy, layouts.make(dx, Layout.PLAIN), dx.shape());
    }

    /** Adds the gradient of a softmax over the last dimension. */
    void softmaxGradient(Buffer y, Buffer dy, Buffer dx, long... shape) {
        memory.desc form = Primitives.plain(shape);
        int threads = primitives.threadsFor(10.0 * y.length());
        softmax_backward.primitive_desc description = primitives.softmaxGradient(form, shape.length - 1);
        layouts.add(primitives
                .step(description, threads)
                .with(DNNL_ARG_DST, form, y)
                .with(DNNL_ARG_DIFF_DST, form, dy)
                .with(DNNL_ARG_DIFF_SRC, form, dx));
    }
}
