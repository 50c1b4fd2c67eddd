package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.engine.ir.AttentionOp.Attention;
import org.diffusion4j.engine.onednn.MovingPrimitive.Window;
import org.diffusion4j.kernels.Kernels;

/**
 * What a thread needs to process blocks of queries of a {@link TiledAttention}.
 *
 * <p>A head's rows are pieces of longer rows, which each product would fetch from far away again. With several heads, keys
 * and values are therefore copied when a head begins. Queries and keys are copied as bf16 if that is asked for, also of a
 * single head, since oneDNN's products round float32 to bf16 on processors with AMX only.
 */
final class AttentionTiles {
    private static final float LOG2_E = (float) (1 / Math.log(2));

    private final Primitives primitives;
    private final AttentionForm form;
    private final double scale;
    private final TiledAttention.Size size;
    private final Kernels kernels = Kernels.best();
    private final Buffer keyBias;
    private final Buffer y;
    private final Buffer scores;
    /** The columns of {@link #mixed} are filled up to whole vectors. */
    private final int width;
    /** The queries' weighted sums of values so far. */
    private final Buffer mixed;

    private final float[] largest;
    private final float[] sums;
    private final float[] shrink;
    /** What copies a head's keys and values. */
    private final List<MovingPrimitive> copies = new ArrayList<>();

    private final Block whole;
    /** For the last queries of a head, which may be fewer. */
    private final Block rest;
    /** The image and the head whose keys and values have been copied. */
    private long copiedImage;

    private long copiedHead;

    /** Where a product reads a matrix: the type of its elements, and the distance from one row to the next. */
    private record Source(memory.data_type type, long row, Window window) {
        memory.desc rows(long rows, long columns) {
            return new memory.desc(new long[] {rows, columns}, type, new long[] {row, 1});
        }

        memory.desc columns(long rows, long columns) {
            return new memory.desc(new long[] {columns, rows}, type, new long[] {1, row});
        }
    }

    AttentionTiles(
            Primitives primitives,
            Attention op,
            TiledAttention.Size size,
            BlockAttention.Sequences x,
            Buffer keyBias,
            Buffer y) {
        this.primitives = primitives;
        this.form = AttentionForm.of(op);
        this.scale = op.scale();
        this.size = size;
        this.keyBias = keyBias;
        this.y = y;
        int lanes = TiledAttention.LANES;
        this.width = Math.toIntExact((form.d() + lanes - 1) / lanes * lanes);
        this.scores = new Buffer((long) size.queries() * size.keys(), false, false);
        this.mixed = new Buffer((long) size.queries() * width, false, false);
        this.largest = new float[size.queries()];
        this.sums = new float[size.queries()];
        this.shrink = new float[size.queries()];
        long row = form.h() * form.d();
        Source queries =
                new Source(Primitives.F32, row, new Window(x.query(), 4 * form.s() * row, 4 * form.d(), 4 * row, 0));
        Source keys = sequence(x.key());
        Source values = sequence(x.value());
        memory.data_type type = primitives.weighted(this::trial).operands();
        if (form.h() > 1 || type != Primitives.F32) {
            keys = copied(keys, type);
        }
        if (form.h() > 1) {
            values = copied(values, Primitives.F32);
        }
        int last = Math.toIntExact((form.s() - 1) % size.queries() + 1);
        this.whole = new Block(size.queries(), type, queries, keys, values);
        this.rest = last == size.queries() ? whole : new Block(last, type, queries, keys, values);
    }

    /** Describes the product of queries and keys that are copied as a type; it is empty if there is none. */
    private primitive_desc trial(memory.data_type type) {
        Source copy = new Source(type, form.d(), null);
        return new matmul.primitive_desc(
                primitives.engine(),
                copy.rows(size.queries(), form.d()),
                copy.columns(size.keys(), form.d()),
                Primitives.plain(size.queries(), size.keys()),
                Primitives.attributes(),
                true);
    }

    private Source sequence(Buffer sequence) {
        long row = form.h() * form.d();
        return new Source(Primitives.F32, row, new Window(sequence, 4 * form.l() * row, 4 * form.d(), 0, 4 * row));
    }

    private Source copied(Source sequence, memory.data_type type) {
        Buffer copy = Primitives.buffer(type, form.l() * form.d());
        long rowBytes = form.d() * (type == Primitives.F32 ? 4 : 2);
        Source to = new Source(type, form.d(), new Window(copy, 0, 0, 0, rowBytes));
        copies.add(primitives.movingCopy(
                sequence.rows(form.l(), form.d()), sequence.window, to.rows(form.l(), form.d()), to.window));
        return to;
    }

    Stream<Buffer> buffers() {
        return all().flatMap(one -> one.buffers().stream());
    }

    void bind() {
        all().forEach(MovingPrimitive::bind);
    }

    private Stream<MovingPrimitive> all() {
        return Stream.concat(copies.stream(), Stream.of(whole, rest).distinct().flatMap(block -> block.all.stream()));
    }

    /** Called before the first block, since keys and values have changed. */
    void begin() {
        copiedImage = -1;
    }

    /** Processes a block of queries of a head. */
    void run(long image, long head, long query) {
        if (image != copiedImage || head != copiedHead) {
            copies.forEach(copy -> copy.run(image, head, 0));
            copiedImage = image;
            copiedHead = head;
        }
        (query + size.queries() <= form.s() ? whole : rest).run(image, head, query);
    }

    /** The products of a tile. */
    private record Products(int keys, MovingPrimitive scores, MovingPrimitive mix) {}

    /** Processes a number of queries. */
    private final class Block {
        final List<MovingPrimitive> all = new ArrayList<>();
        private final int rows;
        private final MovingPrimitive copyOfQueries;
        private final Products whole;
        /** For the last keys, which may be fewer. */
        private final Products rest;

        Block(int rows, memory.data_type type, Source queries, Source keys, Source values) {
            this.rows = rows;
            Source left = queries;
            if (type == Primitives.F32) {
                this.copyOfQueries = null;
            } else {
                left = new Source(type, form.d(), Window.still(Primitives.buffer(type, rows * form.d())));
                this.copyOfQueries = primitives.movingCopy(
                        queries.rows(rows, form.d()), queries.window, left.rows(rows, form.d()), left.window);
                all.add(copyOfQueries);
            }
            int last = Math.toIntExact((form.l() - 1) % size.keys() + 1);
            this.whole = products(size.keys(), left, keys, values);
            this.rest = last == size.keys() ? whole : products(last, left, keys, values);
        }

        private Products products(int columns, Source queries, Source keys, Source values) {
            memory.desc tile = Primitives.plain(rows, columns);
            Window tiles = Window.still(scores);
            memory.desc ofBias = Primitives.plain(1, columns);
            MovingPrimitive first = product(
                    queries.rows(rows, form.d()),
                    queries.window,
                    keys.columns(columns, form.d()),
                    keys.window,
                    tile,
                    tiles,
                    scaling(ofBias));
            if (keyBias != null) {
                first.with(
                        2 * DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | DNNL_ARG_SRC_1, // of the second operation
                        ofBias,
                        new Window(keyBias, 4 * form.l(), 0, 0, 4));
            }
            post_ops adding = new post_ops();
            adding.append_sum();
            MovingPrimitive second = product(
                    tile,
                    tiles,
                    values.rows(columns, form.d()),
                    values.window,
                    new Source(Primitives.F32, width, null).rows(rows, form.d()),
                    Window.still(mixed),
                    adding);
            all.addAll(List.of(first, second));
            return new Products(columns, first, second);
        }

        /** The powers are of base 2, which takes one multiplication less than base e. */
        private post_ops scaling(memory.desc ofBias) {
            post_ops scaling = new post_ops();
            if (keyBias == null) {
                scaling.append_eltwise(algorithm.eltwise_linear, (float) scale * LOG2_E, 0);
            } else {
                scaling.append_eltwise(algorithm.eltwise_linear, (float) scale, 0);
                scaling.append_binary(algorithm.binary_add, ofBias);
                scaling.append_eltwise(algorithm.eltwise_linear, LOG2_E, 0);
            }
            return scaling;
        }

        private MovingPrimitive product(
                memory.desc a, Window left, memory.desc b, Window right, memory.desc to, Window out, post_ops after) {
            primitive_attr attributes = primitives.mathAttributes();
            attributes.set_post_ops(after);
            int threads = primitives.threadsFor((double) rows * size.keys() * form.d());
            return primitives
                    .moving(new matmul.primitive_desc(primitives.engine(), a, b, to, attributes, false), threads)
                    .with(DNNL_ARG_SRC, a, left)
                    .with(DNNL_ARG_WEIGHTS, b, right)
                    .with(DNNL_ARG_DST, to, out);
        }

        void run(long image, long head, long query) {
            Arrays.fill(largest, -Float.MAX_VALUE);
            Arrays.fill(sums, 0);
            Pointer.memset(mixed.pointer(), 0, mixed.byteSize());
            if (copyOfQueries != null) {
                copyOfQueries.run(image, head, query);
            }
            ByteBuffer sum = mixed.bytes();
            for (long key = 0; key < form.l(); key += size.keys()) {
                Products tile = key + size.keys() <= form.l() ? whole : rest;
                tile.scores.run(image, head, query, key);
                kernels.softmaxPiece(scores.bytes(), rows, tile.keys, largest, sums, shrink);
                if (key > 0) {
                    kernels.scaleRows(sum, width, sum, 0, width, rows, width, shrink);
                }
                tile.mix.run(image, head, query, key);
            }
            for (int row = 0; row < rows; row++) {
                shrink[row] = 1 / sums[row];
            }
            long channels = form.h() * form.d();
            kernels.scaleRows(
                    sum,
                    width,
                    y.bytes(),
                    Math.toIntExact(4 * ((image * form.s() + query) * channels + head * form.d())),
                    Math.toIntExact(channels),
                    rows,
                    Math.toIntExact(form.d()),
                    shrink);
        }
    }
}
