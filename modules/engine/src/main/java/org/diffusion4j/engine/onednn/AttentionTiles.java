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
 *
 * <p>Without a bias, all powers of a row have one shift, the largest score of the first tile. Then the product makes the powers of
 * the other tiles itself, before they leave the registers: a further column of the queries has the negative shift, and one of the
 * keys has ones. Where vectors of values have room for it, a further column of ones adds up the powers. Should a later score
 * be so much larger that a row's sum leaves a safe range, then the block is done as without this.
 */
final class AttentionTiles {
    private static final float LOG2_E = (float) (1 / Math.log(2));

    /** In bf16, the shift is rounded, too, so that the first tile is computed once more: with fewer tiles this takes too long. */
    private static final int LEAST_TILES_BF16 = 4;

    /** With larger sums of shares, the weighted sums of large values might not be finite. */
    private static final float MOST_SUM = 1e20f;

    private final Primitives primitives;
    private final AttentionForm form;
    private final double scale;
    private final TiledAttention.Size size;
    private final Kernels kernels = Kernels.best();
    private final Buffer keyBias;
    private final Buffer y;
    private final Buffer scores;
    /** Whether all powers of a row have the same shift. */
    private final boolean isShifted;
    /** The columns of a head's queries and keys as they are copied. */
    private final long depth;
    /** The columns of a head's values as they are copied; the last one is of ones if there is one more than values. */
    private final long valueDepth;
    /** The columns of {@link #mixed} are filled up to whole vectors. */
    private final int width;
    /** The queries' weighted sums of values so far. */
    private final Buffer mixed;

    private final float[] largest;
    private final float[] sums;
    private final float[] shrink;
    /** What copies a head's keys and values. */
    private final List<MovingPrimitive> copies = new ArrayList<>();
    /** Those of keys and values, which have ones. */
    private final List<FurtherColumn> furtherColumns = new ArrayList<>();

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

    /** A column behind those of a head in a copy of its queries, keys or values. */
    private final class FurtherColumn {
        private final Buffer copy;
        private final memory.data_type type;

        FurtherColumn(Buffer copy, memory.data_type type) {
            this.copy = copy;
            this.type = type;
        }

        void set(ByteBuffer bytes, long row, float value) {
            int at = Math.toIntExact((row * (form.d() + 1) + form.d()) * AttentionTiles.bytes(type));
            if (type == Primitives.F32) {
                bytes.putFloat(at, value);
            } else {
                bytes.putShort(at, (short) (Float.floatToRawIntBits(value) >>> 16)); // bf16 is a float's upper half
            }
        }

        void setOnes() {
            ByteBuffer bytes = copy.bytes();
            for (long row = 0; row < form.l(); row++) {
                set(bytes, row, 1);
            }
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
        memory.data_type type = primitives.weighted(this::trial).operands();
        long leastKeys = type == Primitives.F32 ? size.keys() + 1L : (long) LEAST_TILES_BF16 * size.keys();
        this.isShifted = keyBias == null && scale > 0 && form.l() >= leastKeys;
        this.depth = isShifted ? form.d() + 1 : form.d();
        this.valueDepth = isShifted && form.d() % lanes > 0 ? form.d() + 1 : form.d();
        this.width = Math.toIntExact((valueDepth + lanes - 1) / lanes * lanes);
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
        if (form.h() > 1 || type != Primitives.F32 || isShifted) {
            keys = copied(keys, type, depth);
        }
        if (form.h() > 1 || valueDepth > form.d()) {
            values = copied(values, Primitives.F32, valueDepth);
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

    private Source copied(Source sequence, memory.data_type type, long columns) {
        Buffer copy = Primitives.buffer(type, form.l() * columns);
        Source to = new Source(type, columns, new Window(copy, 0, 0, 0, columns * bytes(type)));
        copies.add(primitives.movingCopy(
                sequence.rows(form.l(), form.d()), sequence.window, to.rows(form.l(), form.d()), to.window));
        if (columns > form.d()) {
            furtherColumns.add(new FurtherColumn(copy, type));
        }
        return to;
    }

    private static int bytes(memory.data_type type) {
        return type == Primitives.F32 ? 4 : 2;
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
            furtherColumns.forEach(FurtherColumn::setOnes);
            copiedImage = image;
            copiedHead = head;
        }
        (query + size.queries() <= form.s() ? whole : rest).run(image, head, query);
    }

    /** The products of a tile. */
    private record Products(int keys, MovingPrimitive scores, MovingPrimitive shifted, MovingPrimitive mix) {}

    /** Processes a number of queries. */
    private final class Block {
        final List<MovingPrimitive> all = new ArrayList<>();
        private final int rows;
        private final boolean isFloat;
        private final MovingPrimitive copyOfQueries;
        /** Has the negative shifts of the rows. */
        private final FurtherColumn shifts;

        private final Products whole;
        /** For the last keys, which may be fewer. */
        private final Products rest;

        Block(int rows, memory.data_type type, Source queries, Source keys, Source values) {
            this.rows = rows;
            this.isFloat = type == Primitives.F32;
            Source left = queries;
            if (isFloat && !isShifted) {
                this.shifts = null;
                this.copyOfQueries = null;
            } else {
                Buffer copied = Primitives.buffer(type, rows * depth);
                this.shifts = new FurtherColumn(copied, type);
                left = new Source(type, depth, Window.still(copied));
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
            MovingPrimitive shifted = null;
            if (isShifted) {
                post_ops powers = new post_ops();
                powers.append_eltwise(algorithm.eltwise_linear, (float) scale, 0);
                powers.append_eltwise(algorithm.eltwise_exp, 0, 0);
                shifted = product(
                        queries.rows(rows, depth),
                        queries.window,
                        keys.columns(columns, depth),
                        keys.window,
                        tile,
                        tiles,
                        powers);
                all.add(shifted);
            }
            post_ops adding = new post_ops();
            adding.append_sum();
            MovingPrimitive second = product(
                    tile,
                    tiles,
                    values.rows(columns, valueDepth),
                    values.window,
                    new Source(Primitives.F32, width, null).rows(rows, valueDepth),
                    Window.still(mixed),
                    adding);
            all.addAll(List.of(first, second));
            return new Products(columns, first, shifted, second);
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
            if (copyOfQueries != null) {
                copyOfQueries.run(image, head, query);
            }
            if (!isShifted || !runShifted(image, head, query)) {
                runPieceByPiece(image, head, query);
            }
            for (int row = 0; row < rows; row++) {
                shrink[row] = 1 / sums[row];
            }
            long channels = form.h() * form.d();
            kernels.scaleRows(
                    mixed.bytes(),
                    width,
                    y.bytes(),
                    Math.toIntExact(4 * ((image * form.s() + query) * channels + head * form.d())),
                    Math.toIntExact(channels),
                    rows,
                    Math.toIntExact(form.d()),
                    shrink);
        }

        /** Returns false if that failed, since a row's sum isn't in the safe range. */
        private boolean runShifted(long image, long head, long query) {
            begin();
            whole.scores.run(image, head, query, 0);
            kernels.softmaxPiece(scores.bytes(), rows, whole.keys, largest, sums, shrink);
            ByteBuffer queries = shifts.copy.bytes();
            for (int row = 0; row < rows; row++) {
                shifts.set(queries, row, -largest[row] / ((float) scale * LOG2_E));
            }
            long first = 0;
            if (isFloat) {
                whole.mix.run(image, head, query, 0);
                first = size.keys();
            } else {
                Arrays.fill(sums, 0);
            }
            for (long key = first; key < form.l(); key += size.keys()) {
                Products tile = key + size.keys() <= form.l() ? whole : rest;
                tile.shifted.run(image, head, query, key);
                if (valueDepth == form.d()) {
                    kernels.addRows(scores.bytes(), rows, tile.keys, sums);
                }
                tile.mix.run(image, head, query, key);
            }
            ByteBuffer sum = mixed.bytes();
            for (int row = 0; row < rows; row++) {
                if (valueDepth > form.d()) {
                    sums[row] = sum.getFloat(Math.toIntExact(4 * (row * (long) width + form.d())));
                }
                if (!(sums[row] > 0 && sums[row] <= MOST_SUM)) {
                    return false;
                }
            }
            return true;
        }

        private void begin() {
            Arrays.fill(largest, -Float.MAX_VALUE);
            Arrays.fill(sums, 0);
            Pointer.memset(mixed.pointer(), 0, mixed.byteSize());
        }

        private void runPieceByPiece(long image, long head, long query) {
            begin();
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
        }
    }
}
