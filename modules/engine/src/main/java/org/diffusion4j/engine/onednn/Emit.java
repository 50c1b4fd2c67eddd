package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.deconvolution_forward;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.global.dnnl.scratchpad_mode;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.softmax_forward;
import org.bytedeco.dnnl.stream;
import org.diffusion4j.engine.UnsupportedGraphException;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Nodes to steps. An image lies with its channels last wherever a large op makes or takes it; the rare ops take it
 * row-major. A value has at most one buffer in each layout: a reorder is emitted where one is missing.
 */
final class Emit {
    private static final memory.data_type F32 = memory.data_type.f32;

    private final engine engine;
    private final stream stream;
    private final Weights weights;
    private final int threads;
    private final Kernels kernels = Kernels.best();
    private final Map<Value, EnumMap<Layout, Buffer>> places = new HashMap<>();
    private final List<Step> steps = new ArrayList<>();
    private final Map<Buffer, INDArray> constants = new HashMap<>();

    Emit(engine engine, stream stream, Weights weights, int threads) {
        this.engine = engine;
        this.threads = threads;
        this.stream = stream;
        this.weights = weights;
    }

    List<Step> steps() {
        return steps;
    }

    Map<Buffer, INDArray> constants() {
        return constants;
    }

    // Where values lie -----------------------------------------------------------------------------------------------

    private static boolean wide(DataType type) {
        return type != DataType.FLOAT;
    }

    private Buffer make(Value value, Layout layout) {
        Buffer buffer = new Buffer(value.length(), wide(value.dataType()), false);
        place(value, layout, buffer);
        return buffer;
    }

    private void place(Value value, Layout layout, Buffer buffer) {
        places.computeIfAbsent(value, key -> new EnumMap<>(Layout.class)).put(layout, buffer);
    }

    /** An input's buffer, row-major. */
    Buffer input(Value value) {
        EnumMap<Layout, Buffer> known = places.get(value);
        return known == null ? make(value, Layout.PLAIN) : known.get(Layout.PLAIN);
    }

    /** A value's buffer in a layout. */
    Buffer get(Value value, Layout layout) {
        EnumMap<Layout, Buffer> known = places.get(value);
        if (known == null) {
            if (value.parameter() == null) {
                throw new IllegalStateException("value " + value + " is used before it is made");
            }
            Buffer constant = new Buffer(value.length(), wide(value.dataType()), true);
            constants.put(constant, value.parameter());
            place(value, Layout.PLAIN, constant);
            known = places.get(value);
        }
        Buffer there = known.get(layout);
        return there != null
                ? there
                : relaid(value, layout, known.values().iterator().next());
    }

    private Buffer relaid(Value value, Layout layout, Buffer from) {
        if (value.rank() != 4 || from.isWide()) {
            throw new IllegalStateException("value " + value + " has no layout " + layout);
        }
        Layout other = layout == Layout.PLAIN ? Layout.CHANNELS_LAST : Layout.PLAIN;
        Buffer to = make(value, layout);
        memory.desc source = image(value, other);
        memory.desc target = image(value, layout);
        int wanted = threadsFor((double) value.length());
        reorder.primitive_desc description = new reorder.primitive_desc(engine, source, engine, target);
        steps.add(new PrimitiveStep(new reorder(description), engine, stream, wanted)
                .with(DNNL_ARG_FROM, source, from)
                .with(DNNL_ARG_TO, target, to));
        return to;
    }

    private Layout first(Value value) {
        EnumMap<Layout, Buffer> known = places.get(value);
        return known != null && known.containsKey(Layout.CHANNELS_LAST) ? Layout.CHANNELS_LAST : Layout.PLAIN;
    }

    private static memory.desc image(Value value, Layout layout) {
        return new memory.desc(
                value.shape(), F32, layout == Layout.PLAIN ? memory.format_tag.nchw : memory.format_tag.nhwc);
    }

    private static memory.desc plain(long... shape) {
        return new memory.desc(shape, F32, Loops.strides(shape));
    }

    private void loop(Runnable loop, Buffer... buffers) {
        steps.add(
                new LoopStep(Stream.of(buffers).filter(buffer -> buffer != null).toList(), loop));
    }

    // Ops ------------------------------------------------------------------------------------------------------------

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
            Buffer x = get(node.input(0), Layout.PLAIN);
            Buffer out = make(y, Layout.PLAIN);
            softmax(x, out, y.shape());
        } else if (op instanceof Op.Silu) {
            silu(node);
        } else if (op instanceof Op.Unary unary) {
            unary(unary, node);
        } else if (op instanceof Op.Binary binary) {
            binary(binary, node);
        } else if (op instanceof Op.Concat concat) {
            concat(concat, node);
        } else if (op instanceof Op.UpsampleNearest) {
            upsample(node);
        } else if (op instanceof Op.ToSequence) {
            place(y, Layout.PLAIN, get(node.input(0), Layout.CHANNELS_LAST));
        } else if (op instanceof Op.ToImage) {
            place(y, Layout.CHANNELS_LAST, get(node.input(0), Layout.PLAIN));
        } else if (op instanceof Op.Reshape) {
            place(y, Layout.PLAIN, get(node.input(0), Layout.PLAIN));
        } else {
            rare(op, node);
        }
    }

    private void rare(Op op, Node node) {
        Value x = node.input(0);
        Value y = node.output();
        Buffer from = get(x, Layout.PLAIN);
        Buffer to = make(y, Layout.PLAIN);
        if (op instanceof Op.Permute permute) {
            long[] own = Loops.strides(x.shape());
            long[] strides =
                    Arrays.stream(permute.order()).mapToLong(i -> own[i]).toArray();
            loop(() -> Loops.gather(from, 0, strides, to, y.shape()), from, to);
        } else if (op instanceof Op.Slice slice) {
            long[] strides = Loops.strides(x.shape());
            long offset = 0;
            for (int i = 0; i < strides.length; i++) {
                offset += strides[i] * slice.begin()[i];
            }
            long begin = offset;
            loop(() -> Loops.gather(from, begin, strides, to, y.shape()), from, to);
        } else if (op instanceof Op.Tile) {
            for (int i = 0; i < x.rank(); i++) {
                if (x.size(i) != 1 && x.size(i) != y.size(i)) {
                    throw new UnsupportedGraphException("tile of a dimension that has more than one element");
                }
            }
            long[] strides = Loops.broadcast(x.shape(), y.shape());
            loop(() -> Loops.gather(from, 0, strides, to, y.shape()), from, to);
        } else if (op instanceof Op.Mean) {
            long[] strides = Loops.broadcast(y.shape(), x.shape());
            loop(() -> Loops.mean(from, x.shape(), to, strides), from, to);
        } else if (op instanceof Op.Pad pad) {
            long[] at = Arrays.stream(pad.front()).asLongStream().toArray();
            loop(() -> Loops.scatter(from, x.shape(), to, y.shape(), at), from, to);
        } else if (op instanceof Op.Pool pool) {
            int planes = x.size(0) * x.size(1);
            loop(() -> Loops.pool(pool.max(), from, to, planes, x.size(2), x.size(3)), from, to);
        } else if (op instanceof Op.OneHot) {
            int depth = y.size(1);
            loop(
                    () -> {
                        for (long i = 0; i < to.length(); i++) {
                            to.set(i, from.get(i / depth) == i % depth ? 1 : 0);
                        }
                    },
                    from,
                    to);
        } else {
            throw new UnsupportedGraphException("op " + op);
        }
    }

    private void unary(Op.Unary op, Node node) {
        Layout layout = first(node.input(0));
        Buffer x = get(node.input(0), layout);
        Buffer y = make(node.output(), layout);
        loop(
                () -> {
                    for (long i = 0; i < y.length(); i++) {
                        y.set(i, Loops.apply(op, x.get(i)));
                    }
                },
                x,
                y);
    }

    private void silu(Node node) {
        Layout layout = first(node.input(0));
        Buffer x = get(node.input(0), layout);
        Buffer y = make(node.output(), layout);
        loop(() -> kernels.silu(x.bytes(), y.bytes(), (int) y.length()), x, y);
    }

    private void binary(Op.Binary op, Node node) {
        Value left = node.input(0);
        Value right = node.input(1);
        Value out = node.output();
        if (left.sameShape(right)) {
            Layout layout = first(left) == Layout.CHANNELS_LAST || first(right) == Layout.CHANNELS_LAST
                    ? Layout.CHANNELS_LAST
                    : Layout.PLAIN;
            Buffer a = get(left, layout);
            Buffer b = get(right, layout);
            Buffer y = make(out, layout);
            boolean narrow = !a.isWide() && !b.isWide() && !y.isWide();
            if (op.kind() == Op.Binary.Kind.ADD && narrow) {
                loop(() -> kernels.add(a.bytes(), b.bytes(), y.bytes(), (int) y.length()), a, b, y);
            } else {
                loop(
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
        Buffer a = get(left, Layout.PLAIN);
        Buffer b = get(right, Layout.PLAIN);
        Buffer y = make(out, Layout.PLAIN);
        long[] aStrides = Loops.broadcast(left.shape(), out.shape());
        long[] bStrides = Loops.broadcast(right.shape(), out.shape());
        loop(() -> Loops.binary(op.kind(), a, aStrides, b, bStrides, y, out.shape()), a, b, y);
    }

    private void concat(Op.Concat op, Node node) {
        Value out = node.output();
        List<Value> parts = node.inputs();
        if (out.rank() == 4 && op.axis() == 1 && !wide(out.dataType())) {
            int rows = out.size(0) * out.size(2) * out.size(3);
            Buffer y = make(out, Layout.CHANNELS_LAST);
            int before = 0;
            for (Value part : parts) {
                Buffer x = get(part, Layout.CHANNELS_LAST);
                int at = 4 * before;
                int columns = part.size(1);
                loop(() -> kernels.copyColumns(x.bytes(), 0, y.bytes(), at, rows, columns, out.size(1)), x, y);
                before += columns;
            }
            return;
        }
        Buffer y = make(out, Layout.PLAIN);
        long inner = 1;
        for (int i = op.axis() + 1; i < out.rank(); i++) {
            inner *= out.size(i);
        }
        long line = inner * out.size(op.axis());
        long before = 0;
        for (Value part : parts) {
            Buffer x = get(part, Layout.PLAIN);
            long width = inner * part.size(op.axis());
            long at = before;
            loop(
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

    private void upsample(Node node) {
        Value in = node.input(0);
        Buffer x = get(in, Layout.CHANNELS_LAST);
        Buffer y = make(node.output(), Layout.CHANNELS_LAST);
        int image = 4 * in.size(1) * in.size(2) * in.size(3);
        loop(
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
        Buffer x = get(in, Layout.CHANNELS_LAST);
        Buffer embedding = optional(node.input(3));
        Buffer scale = optional(node.input(4));
        Buffer shift = optional(node.input(5));
        Buffer y = make(node.output(), Layout.CHANNELS_LAST);
        Runnable loop = new GroupNormLoop(
                kernels,
                x,
                y,
                in.size(0),
                in.size(2) * in.size(3),
                in.size(1),
                op.groups(),
                op.eps(),
                op.activation(),
                floats(node.input(1)),
                floats(node.input(2)),
                embedding,
                scale,
                shift);
        loop(loop, x, y, embedding, scale, shift);
    }

    private Buffer optional(Value value) {
        return value == null ? null : get(value, Layout.PLAIN);
    }

    private float[] floats(Value parameter) {
        return parameter == null ? null : Weights.plain(parameter).toFloatVector();
    }

    private static primitive_attr attributes() {
        primitive_attr attributes = new primitive_attr();
        attributes.set_scratchpad_mode(scratchpad_mode.user);
        return attributes;
    }

    /**
     * The threads for a primitive of so many multiplications; they count when it is made as well as when it runs. A small
     * one takes less time than to wake a second thread.
     */
    private int threadsFor(double multiplications) {
        int wanted = multiplications < 1e6 ? 1 : threads;
        OpenMp.setThreads(wanted);
        return wanted;
    }

    /** A primitive with its scratchpad, which lives in the arena for the length of the step. */
    private PrimitiveStep step(primitive_desc description, int wanted) {
        PrimitiveStep step = new PrimitiveStep(new primitive(description), engine, stream, wanted);
        memory.desc scratchpad = description.scratchpad_desc();
        if (scratchpad.get_size() > 0) {
            step.with(DNNL_ARG_SCRATCHPAD, scratchpad, new Buffer((scratchpad.get_size() + 3) / 4, false, false));
        }
        return step;
    }

    private void convolution(Op.Convolution op, Node node) {
        Value in = node.input(0);
        Value out = node.output();
        Value weight = node.input(1);
        Value residual = node.input(3);
        if (weight.parameter() == null) {
            throw new UnsupportedGraphException("conv2d with a computed weight");
        }
        long[] kernel = weight.shape();
        // The dimensions' order is [O, C, kH, kW] in either case.
        long[] dims = op.fused() ? kernel : new long[] {kernel[3], kernel[2], kernel[0], kernel[1]};
        memory.desc as = new memory.desc(dims, F32, op.fused() ? memory.format_tag.oihw : memory.format_tag.hwio);
        memory.desc target = image(out, Layout.CHANNELS_LAST);
        primitive_attr attributes = attributes();
        if (residual != null) {
            post_ops after = new post_ops();
            after.append_binary(algorithm.binary_add, target);
            attributes.set_post_ops(after);
        }
        Buffer x = get(in, Layout.CHANNELS_LAST);
        Buffer other = residual == null ? null : get(residual, Layout.CHANNELS_LAST);
        PrimitiveStep step = convolution(
                image(in, Layout.CHANNELS_LAST),
                x,
                weight,
                dims,
                as,
                node.input(2),
                target,
                make(out, Layout.CHANNELS_LAST),
                op,
                attributes);
        if (other != null) {
            step.with(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | DNNL_ARG_SRC_1, target, other);
        }
        steps.add(step);
    }

    private PrimitiveStep convolution(
            memory.desc source,
            Buffer x,
            Value weight,
            long[] dims,
            memory.desc as,
            Value bias,
            memory.desc target,
            Buffer y,
            Op.Convolution op,
            primitive_attr attributes) {
        memory.desc biasShape = bias == null ? new memory.desc() : plain(dims[0]);
        int wanted = threadsFor((double) y.length() * dims[1] * dims[2] * dims[3]);
        convolution_forward.primitive_desc description = new convolution_forward.primitive_desc(
                engine,
                prop_kind.forward_inference,
                algorithm.convolution_direct,
                source,
                new memory.desc(dims, F32, memory.format_tag.any),
                biasShape,
                target,
                new long[] {op.stride(), op.stride()},
                new long[] {op.top(), op.left()},
                new long[] {op.bottom(), op.right()},
                attributes,
                false);
        PrimitiveStep step = step(description, wanted)
                .with(DNNL_ARG_SRC, source, x)
                .with(DNNL_ARG_WEIGHTS, weights.packed(weight, as, description.weights_desc()))
                .with(DNNL_ARG_DST, target, y);
        return bias == null ? step : step.with(DNNL_ARG_BIAS, weights.packed(bias, biasShape, biasShape));
    }

    private void transposedConvolution(Op.TransposedConvolution op, Node node) {
        Value in = node.input(0);
        Value out = node.output();
        Value weight = node.input(1);
        Node permute = weight.producer();
        boolean pytorch = permute != null
                && permute.op() instanceof Op.Permute order
                && Arrays.equals(order.order(), new int[] {2, 3, 1, 0})
                && permute.input(0).parameter() != null;
        if (!pytorch && weight.parameter() == null) {
            throw new UnsupportedGraphException("deconv2d with a computed weight");
        }
        Value parameter = pytorch ? permute.input(0) : weight;
        long h = weight.size(0);
        long w = weight.size(1);
        long o = weight.size(2);
        long i = weight.size(3);
        long[] dims = {o, i, h, w};
        memory.desc as = new memory.desc(
                dims, F32, pytorch ? new long[] {h * w, o * h * w, w, 1} : new long[] {i, 1, w * o * i, o * i});
        memory.desc source = image(in, Layout.CHANNELS_LAST);
        memory.desc target = image(out, Layout.CHANNELS_LAST);
        int wanted = threadsFor((double) in.length() * o * h * w);
        deconvolution_forward.primitive_desc description = new deconvolution_forward.primitive_desc(
                engine,
                prop_kind.forward_inference,
                algorithm.deconvolution_direct,
                source,
                new memory.desc(dims, F32, memory.format_tag.any),
                new memory.desc(),
                target,
                new long[] {op.stride(), op.stride()},
                new long[] {op.padding(), op.padding()},
                new long[] {op.padding(), op.padding()},
                attributes(),
                false);
        Buffer x = get(in, Layout.CHANNELS_LAST);
        steps.add(step(description, wanted)
                .with(DNNL_ARG_SRC, source, x)
                .with(DNNL_ARG_WEIGHTS, weights.packed(parameter, as, description.weights_desc()))
                .with(DNNL_ARG_DST, target, make(out, Layout.CHANNELS_LAST)));
    }

    /**
     * As a 1×1 convolution on images of one pixel: a matrix product of one row would add in another order than one of many,
     * and an image's picture would depend on how many there are.
     */
    private void linear(Node node) {
        Value in = node.input(0);
        Value out = node.output();
        Value weight = node.input(1);
        long rows = in.size(0);
        long[] dims = {weight.size(0), weight.size(1), 1, 1};
        steps.add(convolution(
                new memory.desc(new long[] {rows, dims[1], 1, 1}, F32, memory.format_tag.nhwc),
                get(in, Layout.PLAIN),
                weight,
                dims,
                new memory.desc(dims, F32, memory.format_tag.oihw),
                node.input(2),
                new memory.desc(new long[] {rows, dims[0], 1, 1}, F32, memory.format_tag.nhwc),
                make(out, Layout.PLAIN),
                new Op.Convolution(1, 0, 0, 0, 0, true),
                attributes()));
    }

    private void product(Op.MatrixProduct op, Node node) {
        Value a = node.input(0);
        Value b = node.input(1);
        Value y = node.output();
        Buffer left = get(a, Layout.PLAIN);
        Buffer right = get(b, Layout.PLAIN);
        steps.add(product(
                strided(a.shape(), op.transposeA()),
                left,
                strided(b.shape(), op.transposeB()),
                right,
                plain(y.shape()),
                make(y, Layout.PLAIN),
                op.transposeA() ? a.size(a.rank() - 2) : a.size(a.rank() - 1),
                attributes()));
    }

    private PrimitiveStep product(
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

    private static memory.desc strided(long[] shape, boolean transposed) {
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

    private void softmax(Buffer x, Buffer y, long... shape) {
        memory.desc form = plain(shape);
        int wanted = threadsFor(10.0 * x.length());
        softmax_forward.primitive_desc description = new softmax_forward.primitive_desc(
                engine,
                prop_kind.forward_inference,
                algorithm.softmax_accurate,
                form,
                form,
                shape.length - 1,
                attributes(),
                false);
        steps.add(step(description, wanted).with(DNNL_ARG_SRC, form, x).with(DNNL_ARG_DST, form, y));
    }

    private void attention(Op.Attention op, Node node) {
        Value query = node.input(0);
        Value key = node.input(1);
        long n = query.size(0);
        long s = query.size(1);
        long l = key.size(1);
        long h = op.heads();
        long d = query.size(2) / h;
        Buffer q = get(query, Layout.PLAIN);
        Buffer k = get(key, Layout.PLAIN);
        Buffer v = get(node.input(2), Layout.PLAIN);
        primitive_attr scaled = attributes();
        post_ops after = new post_ops();
        after.append_eltwise(algorithm.eltwise_linear, (float) op.scale(), 0);
        scaled.set_post_ops(after);
        Buffer scores = new Buffer(n * h * s * l, false, false);
        Buffer shares = new Buffer(n * h * s * l, false, false);
        memory.desc scoreShape = plain(n, h, s, l);
        // The heads of [N, S, heads·d] are a view: no element moves.
        memory.desc queries = new memory.desc(new long[] {n, h, s, d}, F32, new long[] {s * h * d, d, h * d, 1});
        memory.desc keys = new memory.desc(new long[] {n, h, d, l}, F32, new long[] {l * h * d, d, 1, h * d});
        memory.desc values = new memory.desc(new long[] {n, h, l, d}, F32, new long[] {l * h * d, d, h * d, 1});
        steps.add(product(queries, q, keys, k, scoreShape, scores, d, scaled));
        softmax(scores, shares, n, h, s, l);
        steps.add(product(scoreShape, shares, values, v, queries, make(node.output(), Layout.PLAIN), l, attributes()));
    }
}
