package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.diffusion4j.engine.ir.ConvolutionOp.Geometry;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;

/**
 * A 3×3 convolution as F(4×4, 3×3) of Lavin and Gray 2015 (arXiv:1509.09308). Between two transforms there are 36 matrix
 * products, which need 36 instead of 144 multiplications per tile, a quarter of the arithmetic. The error is some 1e-5 of
 * the largest element, ten times that of a direct convolution. Only some tiles are processed at a time, so that they stay
 * in the cache. Small images share the products, since the weights of one product take longer to read than the arithmetic
 * of few tiles takes; a tile's numbers are added up in the same order whatever the number of tiles.
 */
final class Winograd implements Step {
    static final int NUMBERS = 36;
    private static final int LANES = 16;
    private static final int LEAST_CHANNELS = 32;
    /** With fewer tiles per image the matrix products are too small, and reading the weights takes longer than what is saved. */
    private static final int LEAST_TILES = 16;

    /**
     * How many times as large as an image's operand and result the transformed weights may be, if they are transformed only
     * once. With larger weights, such as those of 512 channels at 16×16, reading them costs most of the time that is saved,
     * and they take most of the memory. The size of the batch doesn't matter, since an image's last bits must not depend on
     * it.
     */
    private static final double MOST_WEIGHTS = 32;

    /**
     * How many times as large the transformed weights may be if they are transformed anew in each pass, in place of staying
     * in memory: the transform then takes a fraction of the time that is saved.
     */
    private static final double MOST_PASSING_WEIGHTS = 0.6;

    private static final int TILES_AT_ONCE = 64;
    /** With fewer blocks, a thread could wait for another one for as long as a block takes. */
    private static final int BLOCKS_PER_THREAD = 2;

    private final Kernels kernels;
    private final Size size;
    private final int blocks;
    /** Whether a thread does all of a block's work, in its own memory. */
    private final boolean byBlocks;

    /** Null if the transformed weight stays in memory. */
    private final TransformedWeight passing;

    private final List<PrimitiveStep> products = new ArrayList<>();
    private final Buffer x;
    private final List<Buffer> v = new ArrayList<>();
    private final List<Buffer> m = new ArrayList<>();
    private final Buffer bias;
    private final Buffer residual;
    private final Buffer y;

    /** Does something with rows of tiles of one image. */
    interface Rows {
        /**
         * Does it.
         *
         * @param image the image
         * @param from its first row
         * @param to one more than its last row
         * @param row the place of the first row among the rows of all images
         */
        void of(int image, int from, int to, int row);
    }

    /** The sizes of a convolution. The channels in and out are those of this step. */
    record Size(int images, int height, int width, int in, int out) {
        /** The sizes of a convolution, or of the gradient of its operand, which is a convolution with in and out swapped. */
        static Size of(Value from, Value to) {
            return new Size(from.size(0), from.size(2), from.size(3), from.size(1), to.size(1));
        }

        int across() {
            return (width + 3) / 4;
        }

        int down() {
            return (height + 3) / 4;
        }

        /** The rows of tiles of all images. */
        int allRows() {
            return images * down();
        }

        /** In how many blocks the tiles are processed. */
        int blocks() {
            return (allRows() + rows() - 1) / rows();
        }

        /** How many rows of tiles are processed at a time. */
        int rows() {
            int times = Math.max(1, (allRows() * across() + TILES_AT_ONCE - 1) / TILES_AT_ONCE);
            return (allRows() + times - 1) / times;
        }

        int tiles() {
            return rows() * across();
        }

        /**
         * The distance from one of the 36 numbers to the next, in elements, chosen so that they don't fall on the same
         * cache lines.
         */
        int plane(int channels) {
            return tiles() * channels + LANES;
        }

        /** The transformed weights' size, as a multiple of that of an image's operand and result. */
        double weightShare() {
            double image = (double) height * width * (in + out);
            return (double) NUMBERS * in * out / image;
        }

        /** Divides some of the rows of all images among the images that they belong to. */
        void eachImage(int from, int to, Rows rows) {
            int row = from;
            while (row < to) {
                int first = row % down();
                int last = Math.min(down(), first + to - row);
                rows.of(row / down(), first, last, row);
                row += last - first;
            }
        }

        memory.desc tilesOf(int numbers, int channels) {
            return new memory.desc(
                    new long[] {numbers, tiles(), channels}, Primitives.F32, new long[] {plane(channels), channels, 1});
        }
    }

    /**
     * Whether this algorithm is faster for a convolution. The transformed weights are four times as large, and in training
     * they are transformed anew in each pass, so the images must be larger there.
     */
    static boolean fits(Geometry op, Size size, boolean training) {
        boolean shape = op.fused()
                && op.stride() == 1
                && op.top() == 1
                && op.left() == 1
                && op.bottom() == 1
                && op.right() == 1;
        boolean channels = size.in % LANES == 0
                && size.out % LANES == 0
                && size.in >= LEAST_CHANNELS
                && size.out >= LEAST_CHANNELS;
        return Kernels.best().areVectors()
                && shape
                && channels
                && size.across() * size.down() >= LEAST_TILES
                && size.weightShare() <= (training ? 1.25 * size.images : MOST_WEIGHTS);
    }

    /** Whether the algorithm is faster even if the weight is transformed anew in each pass; the batch changes nothing. */
    static boolean isWorthTransforming(Size size) {
        return size.weightShare() <= MOST_PASSING_WEIGHTS;
    }

    /**
     * Makes the step.
     *
     * @param lasting whether the transformed weight stays in memory, in place of being made anew in each pass
     * @param changing the weight's memory if it is trained and doesn't stay transformed; otherwise null
     */
    Winograd(
            Kernels kernels,
            Size size,
            Primitives primitives,
            Weights weights,
            Value weight,
            Weights.Pass pass,
            boolean lasting,
            Buffer changing,
            Buffer x,
            Buffer bias,
            Buffer residual,
            Buffer y) {
        this.kernels = kernels;
        this.size = size;
        this.x = x;
        this.bias = bias;
        this.residual = residual;
        this.y = y;
        this.blocks = size.blocks();
        int team = primitives.team();
        this.byBlocks = team == 1 || blocks >= BLOCKS_PER_THREAD * team;
        int scratches = byBlocks ? team : 1;
        int parts = byBlocks ? 1 : parts(team);
        memory.desc source = size.tilesOf(NUMBERS, size.in);
        memory.desc target = size.tilesOf(NUMBERS, size.out);
        memory.desc any =
                new memory.desc(new long[] {NUMBERS, size.in, size.out}, Primitives.F32, memory.format_tag.any);
        memory.desc packed = described(primitives, source, any, target).weights_desc();
        memory transformed = lasting ? weights.winograd(weight, packed, pass) : null;
        passing = lasting ? null : new TransformedWeight(kernels, primitives, weight, changing, pass, packed);
        for (int i = 0; i < scratches; i++) {
            v.add(new Buffer((long) NUMBERS * size.plane(size.in), false, false));
            m.add(new Buffer((long) NUMBERS * size.plane(size.out), false, false));
            for (int part = 0; part < parts; part++) {
                products.add(product(primitives, transformed, i, part, parts));
            }
        }
    }

    /** How many parts the 36 products have: each part has as many, and no thread is without one. */
    private static int parts(int team) {
        int parts = Math.min(team, NUMBERS);
        while (NUMBERS % parts != 0) {
            parts++;
        }
        return parts;
    }

    private static matmul.primitive_desc described(
            Primitives primitives, memory.desc source, memory.desc weight, memory.desc target) {
        return new matmul.primitive_desc(primitives.engine(), source, weight, target, Primitives.attributes(), false);
    }

    /** Some of the 36 products, one part of all of them. */
    private PrimitiveStep product(Primitives primitives, memory transformed, int scratch, int part, int parts) {
        int numbers = NUMBERS / parts;
        memory.desc source = size.tilesOf(numbers, size.in);
        memory.desc target = size.tilesOf(numbers, size.out);
        memory.desc all = passing == null ? transformed.get_desc() : passing.layout();
        memory.desc some = all.submemory_desc(new long[] {numbers, size.in, size.out}, new long[3]);
        int threads = primitives.threadsFor((double) numbers * size.tiles() * size.in * size.out);
        long first = 4L * part * numbers;
        long place = first * all.get_strides().get(0);
        PrimitiveStep step = primitives.step(described(primitives, source, some, target), threads);
        if (passing == null) {
            step.with(DNNL_ARG_WEIGHTS, some, transformed, place);
        } else {
            step.with(DNNL_ARG_WEIGHTS, some, passing.packed(), place);
        }
        return step.with(DNNL_ARG_SRC, source, v.get(scratch), first * size.plane(size.in))
                .with(DNNL_ARG_DST, target, m.get(scratch), first * size.plane(size.out));
    }

    @Override
    public List<Buffer> buffers() {
        List<Buffer> all = new ArrayList<>();
        products.forEach(product -> all.addAll(product.buffers()));
        all.add(x);
        all.add(y);
        if (passing != null) {
            all.addAll(passing.buffers());
        }
        if (bias != null) {
            all.add(bias);
        }
        if (residual != null) {
            all.add(residual);
        }
        return all;
    }

    @Override
    public Buffer overwriting() {
        return y;
    }

    @Override
    public List<Buffer> overwritten() {
        return residual == null ? List.of() : List.of(residual);
    }

    @Override
    public void bind() {
        products.forEach(PrimitiveStep::bind);
        if (passing != null) {
            passing.bind();
        }
    }

    /** The threads share the blocks if there are enough, and otherwise the rows of tiles and the products of each block. */
    @Override
    public List<Stage> stages() {
        List<Stage> stages = new ArrayList<>();
        if (passing != null) {
            stages.add(Stage.whole(passing::run));
        }
        if (byBlocks) {
            stages.add(new Stage(blocks, (block, thread) -> {
                int row = block * size.rows();
                int end = Math.min(size.allRows(), row + size.rows());
                input(row, row, end, thread);
                products.get(thread).run();
                output(row, row, end, thread);
            }));
            return stages;
        }
        for (int block = 0; block < blocks; block++) {
            int row = block * size.rows();
            int rows = Math.min(size.allRows(), row + size.rows()) - row;
            long tiles = (long) LANES * size.across();
            stages.add(Stage.rows(rows, tiles * size.in, (from, to) -> input(row, row + from, row + to, 0)));
            stages.add(new Stage(
                    products.size(), (part, thread) -> products.get(part).run()));
            stages.add(Stage.rows(rows, tiles * size.out, (from, to) -> output(row, row + from, row + to, 0)));
        }
        return stages;
    }

    /** Transforms rows of tiles of a block, which begins with a certain row. */
    private void input(int block, int from, int to, int scratch) {
        size.eachImage(
                from,
                to,
                (image, first, last, row) -> kernels.winogradInput(
                        x.bytes(),
                        4 * image * size.height * size.width * size.in,
                        size.height,
                        size.width,
                        size.in,
                        first,
                        last,
                        v.get(scratch).bytes(),
                        (row - block) * size.across(),
                        size.plane(size.in)));
    }

    private void output(int block, int from, int to, int scratch) {
        size.eachImage(
                from,
                to,
                (image, first, last, row) -> kernels.winogradOutput(
                        m.get(scratch).bytes(),
                        (row - block) * size.across(),
                        size.plane(size.out),
                        bias == null ? null : bias.bytes(),
                        residual == null ? null : residual.bytes(),
                        y.bytes(),
                        4 * image * size.height * size.width * size.out,
                        size.height,
                        size.width,
                        size.out,
                        first,
                        last));
    }

    @Override
    public void run() {
        Stage.run(stages());
    }
}
