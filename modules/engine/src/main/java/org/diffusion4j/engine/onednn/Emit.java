package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc;
import org.bytedeco.dnnl.softmax_forward;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.onednn.Primitives.Weighted;
import org.diffusion4j.kernels.Kernels;

/** Nodes of the forward pass to steps. */
final class Emit {
    private final Layouts layouts;
    private final Primitives primitives;
    private final Weights weights;
    private final long batch;
    private final Kernels kernels = Kernels.best();

    /**
     * No steps yet.
     *
     * @param batch images
     */
    Emit(Layouts layouts, Primitives primitives, Weights weights, long batch) {
        this.batch = batch;
        this.layouts = layouts;
        this.primitives = primitives;
        this.weights = weights;
    }

    void add(Node node) {
        Op op = node.op();
        Value y = node.output();
        if (op instanceof Op.Convolution convolution) {
            convolution(convolution, node);
        } else if (op instanceof Op.TransposedConvolution transposed) {
            transposedConvolution(transposed, node);
        } else if (op instanceof Op.GroupNorm norm) {
            groupNorm(norm, node);
        } else if (op instanceof Op.Linear) {
            linear(node);
        } else if (op instanceof Op.MatrixProduct product) {
            product(product, node);
        } else if (op instanceof Op.Attention attention) {
            attention(attention, node);
        } else if (op instanceof Op.Softmax) {
            Buffer x = layouts.get(node.input(0), Layout.PLAIN);
            Buffer out = layouts.make(y, Layout.PLAIN);
            softmax(x, out, y.shape());
        } else if (op instanceof Op.Silu) {
            silu(node);
        } else if (op instanceof Op.Unary unary) {
            unary(unary, node);
        } else if (op instanceof Op.Binary binary) {
            binary(binary, node);
        } else if (op instanceof Op.Concat concat) {
            concat(concat, node);
        } else if (op instanceof Op.Dropout dropout) {
            dropout(dropout, node);
        } else if (op instanceof Op.Slice slice && isChannels(slice, node)) {
            channels(slice, node);
        } else if (op instanceof Op.UpsampleNearest) {
            upsample(node);
        } else if (op instanceof Op.ToSequence) {
            layouts.place(y, Layout.PLAIN, layouts.get(node.input(0), Layout.CHANNELS_LAST));
        } else if (op instanceof Op.ToImage) {
            layouts.place(y, Layout.CHANNELS_LAST, layouts.get(node.input(0), Layout.PLAIN));
        } else if (op instanceof Op.Reshape) {
            layouts.place(y, Layout.PLAIN, layouts.get(node.input(0), Layout.PLAIN));
        } else {
            rare(op, node);
        }
    }

    private void rare(Op op, Node node) {
        Value x = node.input(0);
        Value y = node.output();
        Buffer from = layouts.get(x, Layout.PLAIN);
        Buffer to = layouts.make(y, Layout.PLAIN);
        if (op instanceof Op.Permute permute) {
            long[] own = Loops.strides(x.shape());
            long[] strides =
                    Arrays.stream(permute.order()).mapToLong(i -> own[i]).toArray();
            layouts.loop(() -> Loops.gather(from, 0, strides, to, y.shape()), from, to);
        } else if (op instanceof Op.Slice slice) {
            long[] strides = Loops.strides(x.shape());
            long offset = 0;
            for (int i = 0; i < strides.length; i++) {
                offset += strides[i] * slice.begin()[i];
            }
            long begin = offset;
            layouts.loop(() -> Loops.gather(from, begin, strides, to, y.shape()), from, to);
        } else if (op instanceof Op.Tile) {
            long[] strides = Loops.broadcast(x.shape(), y.shape());
            layouts.loop(() -> Loops.gather(from, 0, strides, to, y.shape()), from, to);
        } else if (op instanceof Op.Mean) {
            long[] strides = Loops.broadcast(y.shape(), x.shape());
            layouts.loop(() -> Loops.mean(from, x.shape(), to, strides), from, to);
        } else if (op instanceof Op.Pad pad) {
            long[] at = Arrays.stream(pad.front()).asLongStream().toArray();
            layouts.loop(() -> Loops.scatter(from, x.shape(), to, y.shape(), at), from, to);
        } else if (op instanceof Op.Pool pool) {
            int planes = x.size(0) * x.size(1);
            layouts.loop(() -> Loops.pool(pool.max(), from, to, planes, x.size(2), x.size(3)), from, to);
        } else if (op instanceof Op.OneHot) {
            int depth = y.size(y.rank() - 1);
            layouts.loop(
                    () -> {
                        for (long i = 0; i < to.length(); i++) {
                            to.set(i, from.get(i / depth) == i % depth ? 1 : 0);
                        }
                    },
                    from,
                    to);
        } else {
            throw new IllegalStateException("no step for " + op);
        }
    }

    private void unary(Op.Unary op, Node node) {
        // What isn't float32 has one layout alone.
        Layout layout = Layouts.wide(node.output().dataType()) ? Layout.PLAIN : layouts.first(node.input(0));
        Buffer x = layouts.get(node.input(0), layout);
        Buffer y = layouts.make(node.output(), layout);
        layouts.loop(
                () -> {
                    for (long i = 0; i < y.length(); i++) {
                        y.set(i, Loops.apply(op, x.get(i)));
                    }
                },
                x,
                y);
    }

    private void silu(Node node) {
        Layout layout = layouts.first(node.input(0));
        Buffer x = layouts.get(node.input(0), layout);
        Buffer y = layouts.make(node.output(), layout);
        layouts.loop(() -> kernels.silu(x.bytes(), y.bytes(), (int) y.length()), x, y);
    }

    private void binary(Op.Binary op, Node node) {
        Value left = node.input(0);
        Value right = node.input(1);
        Value out = node.output();
        if (left.sameShape(right)) {
            Layout layout = layouts.first(left) == Layout.CHANNELS_LAST || layouts.first(right) == Layout.CHANNELS_LAST
                    ? Layout.CHANNELS_LAST
                    : Layout.PLAIN;
            Buffer a = layouts.get(left, layout);
            Buffer b = layouts.get(right, layout);
            Buffer y = layouts.make(out, layout);
            boolean narrow = !a.isWide() && !b.isWide() && !y.isWide();
            if (op.kind() == Op.Binary.Kind.ADD && narrow) {
                layouts.loop(() -> kernels.add(a.bytes(), b.bytes(), y.bytes(), (int) y.length()), a, b, y);
            } else {
                layouts.loop(
                        () -> {
                            for (long i = 0; i < y.length(); i++) {
                                y.set(i, Loops.apply(op.kind(), a.get(i), b.get(i)));
                            }
                        },
                        a,
                        b,
                        y);
            }
            return;
        }
        Buffer a = layouts.get(left, Layout.PLAIN);
        Buffer b = layouts.get(right, Layout.PLAIN);
        Buffer y = layouts.make(out, Layout.PLAIN);
        long[] aStrides = Loops.broadcast(left.shape(), out.shape());
        long[] bStrides = Loops.broadcast(right.shape(), out.shape());
        layouts.loop(() -> Loops.binary(op.kind(), a, aStrides, b, bStrides, y, out.shape()), a, b, y);
    }

    private void concat(Op.Concat op, Node node) {
        Value out = node.output();
        List<Value> parts = node.inputs();
        if (out.rank() == 4 && op.axis() == 1 && !Layouts.wide(out.dataType())) {
            int rows = out.size(0) * out.size(2) * out.size(3);
            Buffer y = layouts.make(out, Layout.CHANNELS_LAST);
            int before = 0;
            for (Value part : parts) {
                Buffer x = layouts.get(part, Layout.CHANNELS_LAST);
                int at = 4 * before;
                int columns = part.size(1);
                layouts.loop(
                        () -> kernels.copyColumns(x.bytes(), 0, columns, y.bytes(), at, out.size(1), rows, columns),
                        x,
                        y);
                before += columns;
            }
            return;
        }
        Buffer y = layouts.make(out, Layout.PLAIN);
        long inner = 1;
        for (int i = op.axis() + 1; i < out.rank(); i++) {
            inner *= out.size(i);
        }
        long line = inner * out.size(op.axis());
        long before = 0;
        for (Value part : parts) {
            Buffer x = layouts.get(part, Layout.PLAIN);
            long width = inner * part.size(op.axis());
            long at = before;
            layouts.loop(
                    () -> {
                        for (long i = 0; i < x.length(); i++) {
                            y.set(i / width * line + at + i % width, x.get(i));
                        }
                    },
                    x,
                    y);
            before += width;
        }
    }

    /** Whether it is a part of an image's channels at every position. */
    private boolean isChannels(Op.Slice op, Node node) {
        Value x = node.input(0);
        Value y = node.output();
        return x.rank() == 4
                && layouts.first(x) == Layout.CHANNELS_LAST
                && x.size(0) == y.size(0)
                && x.size(2) == y.size(2)
                && x.size(3) == y.size(3)
                && op.begin()[0] == 0
                && op.begin()[2] == 0
                && op.begin()[3] == 0;
    }

    private void channels(Op.Slice op, Node node) {
        Value in = node.input(0);
        Value out = node.output();
        Buffer x = layouts.get(in, Layout.CHANNELS_LAST);
        Buffer y = layouts.make(out, Layout.CHANNELS_LAST);
        int from = 4 * (int) op.begin()[1];
        int rows = in.size(0) * in.size(2) * in.size(3);
        int columns = out.size(1);
        layouts.loop(
                () -> kernels.copyColumns(x.bytes(), from, in.size(1), y.bytes(), 0, columns, rows, columns), x, y);
    }

    private void upsample(Node node) {
        Value in = node.input(0);
        Buffer x = layouts.get(in, Layout.CHANNELS_LAST);
        Buffer y = layouts.make(node.output(), Layout.CHANNELS_LAST);
        int image = 4 * in.size(1) * in.size(2) * in.size(3);
        layouts.loop(
                () -> {
                    for (int i = 0; i < in.size(0); i++) {
                        kernels.upsampleNearest(
                                x.bytes(), i * image, y.bytes(), 4 * i * image, in.size(2), in.size(3), in.size(1));
                    }
                },
                x,
                y);
    }

    private void groupNorm(Op.GroupNorm op, Node node) {
        Value in = node.input(0);
        GroupNormLoop loop = new GroupNormLoop(
                kernels,
                GroupNormLoop.Size.of(in, op),
                layouts.get(in, Layout.CHANNELS_LAST),
                layouts.optional(node.input(1)),
                layouts.optional(node.input(2)),
                layouts.optional(node.input(3)),
                layouts.optional(node.input(4)),
                layouts.optional(node.input(5)),
                layouts.make(node.output(), Layout.CHANNELS_LAST),
                node.output(1) == null ? null : layouts.make(node.output(1), Layout.PLAIN));
        layouts.loop(loop, loop.buffers());
    }

    private void convolution(Op.Convolution op, Node node) {
        Value in = node.input(0);
        Value out = node.output();
        Value weight = node.input(1);
        Value residual = node.input(3);
        ConvolutionForm form = ConvolutionForm.of(op, weight.shape());
        memory.desc source = Primitives.image(in, Layout.CHANNELS_LAST);
        memory.desc target = Primitives.image(out, Layout.CHANNELS_LAST);
        int wanted = primitives.threadsFor(out.length() * form.work());
        Weighted direct = convolution(form, source, node.input(2), target, residual != null);
        Winograd.Size size = Winograd.Size.of(in, out);
        Buffer x = layouts.get(in, Layout.CHANNELS_LAST);
        Buffer other = residual == null ? null : layouts.get(residual, Layout.CHANNELS_LAST);
        if (!direct.isNarrow() && Winograd.fits(op, size, layouts.isTraining())) {
            layouts.add(new Winograd(
                    kernels,
                    size,
                    primitives,
                    weights,
                    weight,
                    Weights.Pass.FORWARD,
                    x,
                    layouts.optional(node.input(2)),
                    other,
                    layouts.make(out, Layout.CHANNELS_LAST)));
            return;
        }
        PrimitiveStep step = step(direct, source, x, form, weight, wanted);
        withBias(step, form, node.input(2)).with(DNNL_ARG_DST, target, layouts.make(out, Layout.CHANNELS_LAST));
        if (other != null) {
            step.with(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | DNNL_ARG_SRC_1, target, other);
        }
        layouts.add(step);
    }

    private Weighted convolution(
            ConvolutionForm form, memory.desc source, Value bias, memory.desc target, boolean residual) {
        return weighted(
                source,
                target,
                (operands, from, to) -> new convolution_forward.primitive_desc(
                        primitives.engine(),
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

    /** A description from operands of a type, empty where there is none. */
    private interface Described {
        primitive_desc of(memory.data_type operands, memory.desc source, memory.desc target);
    }

    /** In training all images are in the batch always. */
    private Weighted weighted(memory.desc source, memory.desc target, Described described) {
        return primitives.weighted(operands -> layouts.isTraining()
                ? described.of(operands, source, target)
                : Primitives.madeAs(
                        described.of(operands, Primitives.oneImage(source), Primitives.oneImage(target)),
                        () -> described.of(operands, source, target)));
    }

    private static primitive_attr adding(memory.desc residual) {
        primitive_attr attributes = Primitives.attributes();
        post_ops after = new post_ops();
        after.append_binary(algorithm.binary_add, residual);
        attributes.set_post_ops(after);
        return attributes;
    }

    private PrimitiveStep step(
            Weighted weighted, memory.desc source, Buffer x, ConvolutionForm form, Value weight, int wanted) {
        PrimitiveStep step = primitives
                .step(weighted.description(), wanted)
                .with(DNNL_ARG_SRC, Primitives.of(weighted.operands(), source), layouts.operand(weighted, x));
        return layouts.withParameter(
                step,
                DNNL_ARG_WEIGHTS,
                weight,
                form.as(),
                weighted.description().weights_desc());
    }

    private PrimitiveStep withBias(PrimitiveStep step, ConvolutionForm form, Value bias) {
        memory.desc shape = Primitives.plain(form.dims()[0]);
        return bias == null ? step : layouts.withParameter(step, DNNL_ARG_BIAS, bias, shape, shape);
    }

    private void transposedConvolution(Op.TransposedConvolution op, Node node) {
        Value in = node.input(0);
        Value out = node.output();
        Value weight = node.input(1);
        ConvolutionForm form = ConvolutionForm.of(op, weight.shape());
        memory.desc source = Primitives.image(in, Layout.CHANNELS_LAST);
        memory.desc target = Primitives.image(out, Layout.CHANNELS_LAST);
        Buffer x = layouts.get(in, Layout.CHANNELS_LAST);
        int wanted = primitives.threadsFor(out.length() * form.work() / 4);
        Weighted transposed = weighted(
                source,
                target,
                (operands, from, to) ->
                        primitives.deconvolution(prop_kind.forward_inference, form, operands, from, to));
        layouts.add(step(transposed, source, x, form, weight, wanted)
                .with(DNNL_ARG_DST, target, layouts.make(out, Layout.CHANNELS_LAST)));
    }

    /**
     * As a 1×1 convolution, an image's rows being its pixels: a matrix product of one row would add in another order than
     * one of many, and an image's picture would depend on how many there are.
     */
    private void linear(Node node) {
        Value in = node.input(0);
        Value out = node.output();
        Value weight = node.input(1);
        ConvolutionForm form = ConvolutionForm.linear(weight.shape());
        memory.desc source = pixels(in);
        memory.desc target = pixels(out);
        Buffer x = layouts.get(in, Layout.PLAIN);
        int wanted = primitives.threadsFor(out.length() * form.work());
        Weighted direct = convolution(form, source, node.input(2), target, false);
        PrimitiveStep step = step(direct, source, x, form, weight, wanted);
        layouts.add(withBias(step, form, node.input(2)).with(DNNL_ARG_DST, target, layouts.make(out, Layout.PLAIN)));
    }

    private memory.desc pixels(Value rows) {
        long images = rows.size(0) % batch == 0 ? batch : 1;
        return new memory.desc(
                new long[] {images, rows.size(1), 1, rows.size(0) / images}, Primitives.F32, memory.format_tag.nhwc);
    }

    private void product(Op.MatrixProduct op, Node node) {
        Value a = node.input(0);
        Value b = node.input(1);
        Value y = node.output();
        Buffer left = layouts.get(a, Layout.PLAIN);
        Buffer right = layouts.get(b, Layout.PLAIN);
        layouts.add(primitives.product(
                Primitives.strided(a.shape(), op.transposeA()),
                left,
                Primitives.strided(b.shape(), op.transposeB()),
                right,
                Primitives.plain(y.shape()),
                layouts.make(y, Layout.PLAIN),
                op.transposeA() ? a.size(a.rank() - 2) : a.size(a.rank() - 1),
                Primitives.attributes()));
    }

    private void softmax(Buffer x, Buffer y, long... shape) {
        memory.desc form = Primitives.plain(shape);
        int wanted = primitives.threadsFor(10.0 * x.length());
        softmax_forward.primitive_desc description =
                primitives.softmax(prop_kind.forward_inference, form, shape.length - 1);
        layouts.add(
                primitives.step(description, wanted).with(DNNL_ARG_SRC, form, x).with(DNNL_ARG_DST, form, y));
    }

    private void attention(Op.Attention op, Node node) {
        AttentionForm form = AttentionForm.of(op, node.input(0), node.input(1));
        Buffer q = layouts.get(node.input(0), Layout.PLAIN);
        Buffer k = layouts.get(node.input(1), Layout.PLAIN);
        Buffer v = layouts.get(node.input(2), Layout.PLAIN);
        primitive_attr scaled = Primitives.attributes();
        post_ops after = new post_ops();
        after.append_eltwise(algorithm.eltwise_linear, (float) op.scale(), 0);
        scaled.set_post_ops(after);
        Buffer scores = form.scoreBuffer();
        Buffer shares = node.output(1) == null ? form.scoreBuffer() : layouts.make(node.output(1), Layout.PLAIN);
        layouts.add(primitives.product(
                form.heads(form.s()), q, form.headsTransposed(form.l()), k, form.scores(), scores, form.d(), scaled));
        softmax(scores, shares, form.n(), form.h(), form.s(), form.l());
        layouts.add(primitives.product(
                form.scores(),
                shares,
                form.heads(form.l()),
                v,
                form.heads(form.s()),
                layouts.make(node.output(), Layout.PLAIN),
                form.l(),
                Primitives.attributes()));
    }

    private void dropout(Op.Dropout op, Node node) {
        Value in = node.input(0);
        Layout layout = layouts.first(in);
        Buffer x = layouts.get(in, layout);
        Buffer phase = layouts.get(node.input(1), Layout.PLAIN);
        Buffer y = layouts.make(node.output(), layout);
        boolean image = layout == Layout.CHANNELS_LAST;
        int columns = image ? in.size(1) : 1;
        int rows = Math.toIntExact(in.length() / in.size(0) / columns);
        layouts.loop(() -> Loops.dropout(op, x, phase, y, in.size(0), rows, columns), x, phase, y);
    }
}
