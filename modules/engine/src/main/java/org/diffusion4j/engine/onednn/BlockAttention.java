package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.diffusion4j.engine.ir.AttentionOp.Attention;

/**
 * Attention for some queries of some heads at a time. Their scores against all keys stay in the cache, and [N, heads, S, L]
 * is never kept as a whole; the backward pass computes the scores again. Each image is processed separately, so that its
 * result doesn't depend on the number of images.
 */
final class BlockAttention implements Step {
    private final Size size;
    /** What runs for a block, for each thread that may share the blocks: each has scores of its own. */
    private final List<Lists> lists;

    /**
     * What runs for the first block of queries of a head, for further ones, and for the last one, which may be smaller.
     */
    private record Lists(List<BlockStep> first, List<BlockStep> next, List<BlockStep> last) {
        Stream<BlockStep> steps() {
            return Stream.of(first, next, last).distinct().flatMap(List::stream);
        }
    }

    /**
     * The sizes of the blocks of an attention.
     *
     * @param form the sizes of the whole attention
     * @param heads how many heads are processed at a time, a divisor of their number
     * @param queries how many queries are processed at a time
     */
    record Size(AttentionForm form, long heads, long queries) {
        /** The number of scores of a block of one head: 4 MB. With fewer, the keys are packed more often for the products. */
        private static final long SCORES = 1L << 20;

        private static final long LEAST_QUERIES = 16;
        /** How many heads per thread a primitive has that threads share. With fewer, waking the threads isn't worth it. */
        private static final long HEADS_PER_THREAD = 8;

        /**
         * The number of queries doesn't depend on the number of threads, so that an image's result doesn't depend on it,
         * either.
         */
        static Size of(AttentionForm form, int threads) {
            long queries = Math.min(form.s(), Math.max(LEAST_QUERIES, SCORES / form.l() / 16 * 16));
            long wanted = threads > 1 ? HEADS_PER_THREAD * threads : Math.max(1, SCORES / (queries * form.l()));
            long heads = Math.min(form.h(), wanted);
            while (form.h() % heads != 0) {
                heads--;
            }
            return new Size(form, heads, queries);
        }

        /** The number of queries in the last block. */
        long rest() {
            return form.s() % queries == 0 ? queries : form.s() % queries;
        }

        /** The number of blocks of queries of a head. */
        int blocksOfHead() {
            return Math.toIntExact((form.s() + queries - 1) / queries);
        }

        int blocks() {
            return Math.toIntExact(form.n() * (form.h() / heads) * blocksOfHead());
        }

        Buffer scores() {
            return new Buffer(heads * queries * form.l(), false, false);
        }

        /** Rows of a sequence as [1, heads, rows, d]. */
        private memory.desc rows(long length, long rows) {
            return desc(rows, form.d(), length * form.h() * form.d(), form.h() * form.d(), 1);
        }

        /** Rows of a sequence as [1, heads, d, rows]. */
        private memory.desc columns(long length, long rows) {
            return desc(form.d(), rows, length * form.h() * form.d(), 1, form.h() * form.d());
        }

        private memory.desc desc(long rows, long columns, long image, long row, long column) {
            return new memory.desc(
                    new long[] {1, heads, rows, columns}, Primitives.F32, new long[] {image, form.d(), row, column});
        }

        /** A window on a sequence of queries. */
        private MovingPrimitive.Window queries(Buffer buffer) {
            return new MovingPrimitive.Window(
                    buffer, 4 * form.s() * form.h() * form.d(), 4 * form.d(), 4 * form.h() * form.d(), 0);
        }

        /** A window on a sequence of keys or values. */
        private MovingPrimitive.Window keys(Buffer buffer) {
            return new MovingPrimitive.Window(buffer, 4 * form.l() * form.h() * form.d(), 4 * form.d(), 0, 0);
        }
    }

    /** The sequences of queries, keys and values, or arrays of the same shapes, such as their gradients. */
    record Sequences(Buffer query, Buffer key, Buffer value) {}

    private BlockAttention(Size size, List<Lists> lists) {
        this.size = size;
        this.lists = lists;
    }

    /**
     * The forward pass.
     *
     * @param op the attention
     * @param x its sequences
     * @param keyBias its keys' bias; null for none
     * @param y gets the result
     */
    static BlockAttention forward(Primitives primitives, Attention op, Sequences x, Buffer keyBias, Buffer y) {
        Size size = Size.of(AttentionForm.of(op), primitives.threads());
        List<Lists> lists = new ArrayList<>();
        for (int thread = 0; thread < (size.blocks() > 1 ? primitives.team() : 1); thread++) {
            Buffer scores = size.scores();
            List<BlockStep> next = new Block(primitives, size, op, keyBias, size.queries, false).forward(x, scores, y);
            List<BlockStep> last = size.rest() == size.queries
                    ? next
                    : new Block(primitives, size, op, keyBias, size.rest(), false).forward(x, scores, y);
            lists.add(new Lists(next, next, last));
        }
        return new BlockAttention(size, lists);
    }

    /**
     * The backward pass.
     *
     * @param op the attention of the forward pass
     * @param x its sequences
     * @param keyBias its keys' bias; null for none
     * @param dy the gradient of its result
     * @param dx get the gradients of its sequences
     */
    static BlockAttention backward(
            Primitives primitives, Attention op, Sequences x, Buffer keyBias, Buffer dy, Sequences dx) {
        Size size = Size.of(AttentionForm.of(op), primitives.threads());
        Buffer shares = size.scores();
        Buffer scores = size.scores();
        List<List<BlockStep>> blocks = new ArrayList<>();
        for (boolean adds : new boolean[] {false, true}) {
            blocks.add(
                    new Block(primitives, size, op, keyBias, size.queries, adds).backward(x, dy, dx, shares, scores));
        }
        blocks.add(
                size.rest() == size.queries
                        ? blocks.get(1)
                        : new Block(primitives, size, op, keyBias, size.rest(), true)
                                .backward(x, dy, dx, shares, scores));
        return new BlockAttention(size, List.of(new Lists(blocks.get(0), blocks.get(1), blocks.get(2))));
    }

    /** Makes the primitives for a block of some queries. The gradients of keys and values are added up over an image's blocks. */
    private record Block(Primitives primitives, Size size, Attention op, Buffer keyBias, long rows, boolean adds) {
        List<BlockStep> forward(Sequences x, Buffer scores, Buffer y) {
            MovingPrimitive.Window all = MovingPrimitive.Window.still(scores);
            AttentionForm form = size.form;
            List<BlockStep> steps = shares(x, all);
            steps.add(product(
                    plain(),
                    all,
                    size.rows(form.l(), form.l()),
                    size.keys(x.value()),
                    ofQueries(),
                    size.queries(y),
                    false,
                    false));
            return steps;
        }

        List<BlockStep> backward(Sequences x, Buffer dy, Sequences dx, Buffer shares, Buffer scores) {
            MovingPrimitive.Window p = MovingPrimitive.Window.still(shares);
            MovingPrimitive.Window ds = MovingPrimitive.Window.still(scores);
            AttentionForm form = size.form;
            long l = form.l();
            memory.desc ofKeys = size.rows(l, l);
            List<BlockStep> steps = shares(x, p);
            steps.addAll(List.of(
                    product(transposed(), p, ofQueries(), size.queries(dy), ofKeys, size.keys(dx.value()), false, adds),
                    product(
                            ofQueries(),
                            size.queries(dy),
                            size.columns(l, l),
                            size.keys(x.value()),
                            plain(),
                            ds,
                            false,
                            false),
                    softmaxGradient(p, ds),
                    product(
                            plain(),
                            ds,
                            ofKeys,
                            size.keys(x.key()),
                            ofQueries(),
                            size.queries(dx.query()),
                            true,
                            false),
                    product(
                            transposed(),
                            ds,
                            ofQueries(),
                            size.queries(x.query()),
                            ofKeys,
                            size.keys(dx.key()),
                            true,
                            adds)));
            return steps;
        }

        /** The softmax of the masked scores. */
        private List<BlockStep> shares(Sequences x, MovingPrimitive.Window to) {
            List<BlockStep> steps = new ArrayList<>();
            steps.add(scores(x, to));
            if (op.causal()) {
                steps.add(new CausalMask(to.buffer(), size.heads, rows, size.form.l()));
            }
            steps.add(softmax(to));
            return steps;
        }

        private MovingPrimitive scores(Sequences x, MovingPrimitive.Window to) {
            long l = size.form.l();
            post_ops after = new post_ops();
            after.append_eltwise(algorithm.eltwise_linear, (float) op.scale(), 0);
            memory.desc ofBias = Primitives.plain(1, 1, 1, l);
            if (keyBias != null) {
                after.append_binary(algorithm.binary_add, ofBias);
            }
            MovingPrimitive product = product(
                    ofQueries(), size.queries(x.query()), size.columns(l, l), size.keys(x.key()), plain(), to, after);
            return keyBias == null
                    ? product
                    : product.with(
                            2 * DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | DNNL_ARG_SRC_1, // of the second operation
                            ofBias,
                            new MovingPrimitive.Window(keyBias, 4 * l, 0, 0, 0));
        }

        private memory.desc ofQueries() {
            return size.rows(size.form.s(), rows);
        }

        private memory.desc plain() {
            return Primitives.plain(1, size.heads, rows, size.form.l());
        }

        private memory.desc transposed() {
            return Primitives.strided(new long[] {1, size.heads, rows, size.form.l()}, true);
        }

        private MovingPrimitive product(
                memory.desc a,
                MovingPrimitive.Window left,
                memory.desc b,
                MovingPrimitive.Window right,
                memory.desc y,
                MovingPrimitive.Window out,
                boolean scaled,
                boolean added) {
            post_ops after = new post_ops();
            if (scaled) {
                after.append_eltwise(algorithm.eltwise_linear, (float) op.scale(), 0);
            }
            if (added) {
                after.append_sum();
            }
            return product(a, left, b, right, y, out, after);
        }

        private MovingPrimitive product(
                memory.desc a,
                MovingPrimitive.Window left,
                memory.desc b,
                MovingPrimitive.Window right,
                memory.desc y,
                MovingPrimitive.Window out,
                post_ops after) {
            primitive_attr attributes = Primitives.attributes();
            attributes.set_post_ops(after);
            double multiplications = (double) size.heads * rows * size.form.l() * size.form.d();
            int threads = primitives.threadsFor(multiplications);
            return primitives
                    .moving(new matmul.primitive_desc(primitives.engine(), a, b, y, attributes, false), threads)
                    .with(DNNL_ARG_SRC, a, left)
                    .with(DNNL_ARG_WEIGHTS, b, right)
                    .with(DNNL_ARG_DST, y, out);
        }

        private MovingPrimitive softmax(MovingPrimitive.Window scores) {
            memory.desc form = plain();
            int threads = primitives.threadsFor(10.0 * size.heads * rows * size.form.l());
            return primitives
                    .moving(primitives.softmax(prop_kind.forward_inference, form, 3), threads)
                    .with(DNNL_ARG_SRC, form, scores)
                    .with(DNNL_ARG_DST, form, scores);
        }

        private MovingPrimitive softmaxGradient(MovingPrimitive.Window shares, MovingPrimitive.Window gradient) {
            memory.desc form = plain();
            int threads = primitives.threadsFor(10.0 * size.heads * rows * size.form.l());
            return primitives
                    .moving(primitives.softmaxGradient(form, 3), threads)
                    .with(DNNL_ARG_DST, form, shares)
                    .with(DNNL_ARG_DIFF_DST, form, gradient)
                    .with(DNNL_ARG_DIFF_SRC, form, gradient);
        }
    }

    private Stream<BlockStep> steps() {
        return lists.stream().flatMap(Lists::steps);
    }

    @Override
    public List<Buffer> buffers() {
        return steps().flatMap(one -> one.buffers().stream()).distinct().toList();
    }

    @Override
    public void bind() {
        steps().forEach(BlockStep::bind);
    }

    @Override
    public void run() {
        for (int block = 0; block < size.blocks(); block++) {
            run(block, 0);
        }
    }

    /** The threads share the blocks of a forward pass. Those of a backward pass add to the same gradients. */
    @Override
    public List<Stage> stages() {
        return lists.size() == 1 ? List.of(Stage.whole(this::run)) : List.of(new Stage(size.blocks(), this::run));
    }

    private void run(int block, int thread) {
        AttentionForm form = size.form;
        int ofHead = size.blocksOfHead();
        long heads = form.h() / size.heads;
        long query = block % ofHead * size.queries;
        long head = block / ofHead % heads * size.heads;
        long image = block / ofHead / heads;
        Lists own = lists.get(thread);
        boolean whole = query + size.queries <= form.s();
        for (BlockStep one : query == 0 ? own.first : whole ? own.next : own.last) {
            one.run(image, head, query);
        }
    }
}
