package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.diffusion4j.engine.ir.ConvolutionOp.Geometry;
import org.diffusion4j.engine.ir.ConvolutionOp.UpsampledConvolution;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;
import org.diffusion4j.kernels.TileRows;
import org.diffusion4j.kernels.WinogradForm;

/**
 * A 3×3 convolution as F(4×4, 3×3) of Lavin and Gray 2015 (arXiv:1509.09308). Between two transforms there are 36 matrix
 * products, which need 36 instead of 144 multiplications per tile, a quarter of the arithmetic; 25 if the image is doubled
 * first. The error is some 1e-5 of the largest element, ten times that of a direct convolution. Only some tiles are processed at a time, so that they stay
 * in the cache. Small images share the products, since the weights of one product take longer to read than the arithmetic
 * of few tiles takes; a tile's numbers are added up in the same order whatever the number of tiles.
 */
final class Winograd implements Step {
    private static final int LANES = 16;
    private static final int LEAST_CHANNELS = 32;
    /** With fewer tiles per image the matrix products are too small, and reading the weights takes longer than what is saved. */
    private static final int LEAST_TILES = 16;

    /**
     * How many times as large as an image's operand and result the transformed weights may be, if they are transformed only
     * once. With larger weights, such as those of 512 channels at 16×16 for 36 products, reading them costs most of the time that
     * is saved, and they take most of the memory. The size of the batch doesn't matter, since an image's last bits must not depend on
     * it.
     */
    private static final double MOST_WEIGHTS = 32;

    /**
     * How many times as large the transformed weights may be if they are transformed anew in each pass, in place of staying
     * in memory: the transform then takes a fraction of the time that is saved.
     */
    private static final double MOST_PASSING_WEIGHTS = 0.6;

    /** The same for each image in training, where the weights are transformed twice in each step. */
    private static final double MOST_CHANGING_WEIGHTS = 1.25;

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

    /** What multiplies in each part of the products, or for each scratch: there are several of only one of both. */
    private final List<List<PrimitiveStep>> products = new ArrayList<>();

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

    /** The sizes of a convolution. The channels in and out are those of this step, height and width those of its result. */
    record Size(WinogradForm form, int images, int height, int width, int in, int out) {
        /** The sizes of a convolution, or of the gradient of its operand, which is a convolution with in and out swapped. */
        static Size of(WinogradForm form, Value from, Value to) {
            return new Size(form, to.size(0), to.size(2), to.size(3), from.size(1), to.size(1));
        }

        int across() {
            return (width + form.side() - 1) / form.side();
        }

        int down() {
            return (height + form.side() - 1) / form.side();
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
            return (double) form.products() * in * out / image;
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

        /** Some rows of tiles of the operand, of which the first tile has a certain place. */
        TileRows operand(int from, int to, int tile) {
            int doubled = form.side() / form.imageSide();
            return new TileRows(height / doubled, width / doubled, in, from, to, tile, plane(in));
        }

        /** The same of the result. */
        TileRows result(int from, int to, int tile) {
            return new TileRows(height, width, out, from, to, tile, plane(out));
        }

        /** Some numbers of all tiles of a block, a few numbers apart from each other. */
        memory.desc tilesOf(int numbers, int step, int channels) {
            long distance = (long) step * plane(channels);
            return new memory.desc(
                    new long[] {numbers, tiles(), channels}, Primitives.F32, new long[] {distance, channels, 1});
        }
    }

    /** Whether a convolution has a 3×3 kernel, and a result of its operand's size. */
    static boolean isPossible(Geometry op, long... weight) {
        return op.equals(UpsampledConvolution.GEOMETRY) && weight[2] == 3 && weight[3] == 3;
    }

    /**
     * Whether this algorithm is faster for a convolution that {@link #isPossible}. The transformed weights are up to four times
     * as large, and in training they are transformed anew in each pass, so the images must be larger there.
     */
    static boolean fits(Size size, boolean training) {
        boolean channels = size.in % LANES == 0
                && size.out % LANES == 0
                && size.in >= LEAST_CHANNELS
                && size.out >= LEAST_CHANNELS;
        return Kernels.best().areVectors()
                && channels
                && size.across() * size.down() >= LEAST_TILES
                && size.weightShare() <= (training ? MOST_CHANGING_WEIGHTS * size.images : MOST_WEIGHTS);
    }

    /** The sizes of a convolution in training, in the form that is fastest; null if none is. */
    static Size inTraining(Geometry op, Value weight, Value from, Value to) {
        if (!isPossible(op, weight.shape())) {
            return null;
        }
        Size plain = Size.of(WinogradForm.PLAIN, from, to);
        return fits(plain, true) ? plain : null;
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
        memory.desc any = new memory.desc(
                new long[] {size.form.products(), size.in, size.out}, Primitives.F32, memory.format_tag.any);
        memory.desc packed = described(
                        primitives,
                        size.tilesOf(size.form.products(), 1, size.in),
                        any,
                        size.tilesOf(size.form.products(), 1, size.out))
                .weights_desc();
        memory transformed = lasting ? weights.winograd(weight, packed, pass, size.form) : null;
        passing =
                lasting ? null : new TransformedWeight(kernels, primitives, weight, changing, pass, size.form, packed);
        for (int i = 0; i < scratches; i++) {
            v.add(new Buffer((long) size.form.numbers() * size.plane(size.in), false, false));
            m.add(new Buffer((long) size.form.products() * size.plane(size.out), false, false));
            for (int part = 0; part < parts; part++) {
                int from = Stage.begin(size.form.products(), part, parts);
                int to = Stage.begin(size.form.products(), part + 1, parts);
                int scratch = i;
                products.add(size.form.runs(from, to).stream()
                        .map(run -> product(primitives, transformed, scratch, run))
                        .toList());
            }
        }
    }

    /** How many parts the products have: each part has about as many, and no thread is without one. */
    private int parts(int team) {
        return Math.min(team, size.form.products());
    }

    private static matmul.primitive_desc described(
            Primitives primitives, memory.desc source, memory.desc weight, memory.desc target) {
        return new matmul.primitive_desc(primitives.engine(), source, weight, target, Primitives.attributes(), false);
    }

    private PrimitiveStep product(Primitives primitives, memory transformed, int scratch, WinogradForm.Run run) {
        memory.desc source = size.tilesOf(run.count(), run.step(), size.in);
        memory.desc target = size.tilesOf(run.count(), 1, size.out);
        memory.desc all = passing == null ? transformed.get_desc() : passing.layout();
        memory.desc some = all.submemory_desc(new long[] {run.count(), size.in, size.out}, new long[3]);
        int threads = primitives.threadsFor((double) run.count() * size.tiles() * size.in * size.out);
        long place = 4L * run.product() * all.get_strides().get(0);
        PrimitiveStep step = primitives.step(described(primitives, source, some, target), threads);
        if (passing == null) {
            step.with(DNNL_ARG_WEIGHTS, some, transformed, place);
        } else {
            step.with(DNNL_ARG_WEIGHTS, some, passing.packed(), place);
        }
        return step.with(DNNL_ARG_SRC, source, v.get(scratch), 4L * run.number() * size.plane(size.in))
                .with(DNNL_ARG_DST, target, m.get(scratch), 4L * run.product() * size.plane(size.out));
    }

    private void multiply(int part) {
        products.get(part).forEach(PrimitiveStep::run);
    }

    @Override
    public List<Buffer> buffers() {
        List<Buffer> all = new ArrayList<>();
        products.stream().flatMap(List::stream).forEach(product -> all.addAll(product.buffers()));
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
        products.stream().flatMap(List::stream).forEach(PrimitiveStep::bind);
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
                multiply(thread);
                output(row, row, end, thread);
            }));
            return stages;
        }
        for (int block = 0; block < blocks; block++) {
            int row = block * size.rows();
            int rows = Math.min(size.allRows(), row + size.rows()) - row;
            long tiles = (long) LANES * size.across();
            stages.add(Stage.rows(rows, tiles * size.in, (from, to) -> input(row, row + from, row + to, 0)));
            stages.add(new Stage(products.size(), (part, thread) -> multiply(part)));
            stages.add(Stage.rows(rows, tiles * size.out, (from, to) -> output(row, row + from, row + to, 0)));
        }
        return stages;
    }

    /** Transforms rows of tiles of a block, which begins with a certain row. */
    private void input(int block, int from, int to, int scratch) {
        size.eachImage(from, to, (image, first, last, row) -> {
            TileRows rows = size.operand(first, last, (row - block) * size.across());
            kernels.winogradInput(
                    size.form,
                    x.bytes(),
                    image * bytes(rows),
                    rows,
                    v.get(scratch).bytes());
        });
    }

    private void output(int block, int from, int to, int scratch) {
        ByteBuffer added = bias == null ? null : bias.bytes();
        ByteBuffer other = residual == null ? null : residual.bytes();
        size.eachImage(from, to, (image, first, last, row) -> {
            TileRows rows = size.result(first, last, (row - block) * size.across());
            kernels.winogradOutput(
                    size.form, m.get(scratch).bytes(), rows, added, other, y.bytes(), image * bytes(rows));
        });
    }

    private static int bytes(TileRows rows) {
        return Float.BYTES * rows.height() * rows.width() * rows.channels();
    }

    @Override
    public void run() {
        Stage.run(stages());
    }
}
