package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.diffusion4j.engine.ir.ConvolutionOp.ConvolutionWeights;
import org.diffusion4j.kernels.Kernels;
import org.diffusion4j.kernels.TileRows;
import org.diffusion4j.kernels.WinogradForm;

/**
 * The gradient of a 3×3 convolution's weight, as the transpose of {@link Winograd}'s F(4×4, 3×3): 36 matrix products over
 * the tiles of all images, a quarter of the arithmetic. Some rows of tiles are processed at a time, and the products add to
 * what the rows before them gave.
 */
final class WinogradGradient implements Step {
    private static final int NUMBERS = 36;
    private static final int LANES = 16;
    private static final int LEAST_CHANNELS = 32;
    /** With fewer tiles, reading and writing the 36 matrices takes longer than what is saved. */
    private static final int LEAST_TILES = 32;
    /** So many tiles are processed at a time, which is some MB: with fewer, the matrices are read and written too often. */
    private static final int TILES_AT_ONCE = 256;
    /** The number of a tile that is the sum of its pixels. */
    private static final int SUM = 7;

    private final Kernels kernels;
    private final Size size;
    private final PrimitiveStep first;
    private final PrimitiveStep further;
    private final Buffer x;
    private final Buffer dy;
    private final Buffer v;
    private final Buffer u;
    private final Buffer m;
    private final Buffer ofWeight;
    private final Buffer ofBias;

    /** The sizes of a convolution. */
    record Size(int images, int height, int width, int in, int out) {
        static Size of(ConvolutionWeights op) {
            return new Size(
                    op.x().size(0),
                    op.x().size(2),
                    op.x().size(3),
                    op.x().size(1),
                    op.dy().size(1));
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

        /** The rows of tiles that are processed at a time. */
        int rows() {
            int times = Math.max(1, (allRows() * across() + TILES_AT_ONCE / 2) / TILES_AT_ONCE);
            return (allRows() + times - 1) / times;
        }

        int tiles() {
            return rows() * across();
        }

        /** The distance from one of the 36 numbers to the next, chosen so that they don't fall on the same cache lines. */
        int plane(int channels) {
            return tiles() * channels + LANES;
        }
    }

    /** Whether this algorithm can compute the gradient of a convolution's weight, and is faster. */
    static boolean fits(ConvolutionWeights op) {
        Size size = Size.of(op);
        boolean shape = op.geometry().fused()
                && op.geometry().stride() == 1
                && op.geometry().top() == 1
                && op.geometry().left() == 1
                && op.geometry().bottom() == 1
                && op.geometry().right() == 1
                && op.weightShape()[2] == 3
                && op.weightShape()[3] == 3;
        boolean channels =
                size.in % LANES == 0 && size.out % LANES == 0 && Math.min(size.in, size.out) >= LEAST_CHANNELS;
        return Kernels.best().areVectors() && shape && channels && size.allRows() * size.across() >= LEAST_TILES;
    }

    /**
     * A step.
     *
     * @param x the convolution's operand, with the channels last
     * @param dy the gradient of its result, with the channels last
     * @param ofWeight gets the gradient of the weight, [out, in, 3, 3]
     * @param ofBias gets the gradient of the bias, [out]; null if it isn't needed
     */
    WinogradGradient(
            Kernels kernels, Size size, Primitives primitives, Buffer x, Buffer dy, Buffer ofWeight, Buffer ofBias) {
        this.kernels = kernels;
        this.size = size;
        this.x = x;
        this.dy = dy;
        this.v = new Buffer((long) NUMBERS * size.plane(size.in), false, false);
        this.u = new Buffer((long) NUMBERS * size.plane(size.out), false, false);
        this.m = new Buffer((long) NUMBERS * size.out * size.in, false, false);
        this.ofWeight = ofWeight;
        this.ofBias = ofBias;
        primitive_attr adding = Primitives.attributes();
        post_ops sum = new post_ops();
        sum.append_sum();
        adding.set_post_ops(sum);
        this.first = product(primitives, Primitives.attributes());
        this.further = product(primitives, adding);
    }

    /** m = uᵀ·v for each of the 36 numbers. */
    private PrimitiveStep product(Primitives primitives, primitive_attr attributes) {
        memory.desc left = new memory.desc(new long[] {NUMBERS, size.out, size.tiles()}, Primitives.F32, new long[] {
            size.plane(size.out), 1, size.out
        });
        memory.desc right = new memory.desc(
                new long[] {NUMBERS, size.tiles(), size.in}, Primitives.F32, new long[] {size.plane(size.in), size.in, 1
                });
        memory.desc result = Primitives.plain(NUMBERS, size.out, size.in);
        int threads = primitives.threadsFor((double) NUMBERS * size.tiles() * size.in * size.out);
        return primitives
                .step(new matmul.primitive_desc(primitives.engine(), left, right, result, attributes, false), threads)
                .with(DNNL_ARG_SRC, left, u)
                .with(DNNL_ARG_WEIGHTS, right, v)
                .with(DNNL_ARG_DST, result, m);
    }

    @Override
    public List<Buffer> buffers() {
        List<Buffer> all = new ArrayList<>(first.buffers());
        all.addAll(further.buffers());
        all.addAll(List.of(x, dy, ofWeight));
        if (ofBias != null) {
            all.add(ofBias);
        }
        return all;
    }

    @Override
    public void bind() {
        first.bind();
        further.bind();
    }

    @Override
    public void run() {
        double[] sums = new double[size.out];
        for (int row = 0; row < size.allRows(); row += size.rows()) {
            int end = Math.min(size.allRows(), row + size.rows());
            transform(row, end);
            if (ofBias != null) {
                addTiles((end - row) * size.across(), sums);
            }
            (row == 0 ? first : further).run();
        }
        kernels.winogradWeightGradient(m.bytes(), size.out, size.in, ofWeight.bytes());
        for (int c = 0; ofBias != null && c < size.out; c++) {
            ofBias.set(c, sums[c]);
        }
    }

    private void transform(int begin, int end) {
        int row = begin;
        while (row < end) {
            int image = row / size.down();
            int from = row % size.down();
            int to = Math.min(size.down(), from + end - row);
            int tile = (row - begin) * size.across();
            int pixels = 4 * size.height * size.width;
            TileRows ofX = new TileRows(size.height, size.width, size.in, from, to, tile, size.plane(size.in));
            TileRows ofDy = new TileRows(size.height, size.width, size.out, from, to, tile, size.plane(size.out));
            kernels.winogradInput(WinogradForm.PLAIN, x.bytes(), image * pixels * size.in, ofX, v.bytes());
            kernels.winogradOutputGradient(dy.bytes(), image * pixels * size.out, ofDy, u.bytes());
            row += to - from;
        }
        clear((end - begin) * size.across());
    }

    /** Makes the places of tiles zero that there are none for at the end. Those of v still have finite numbers. */
    private void clear(int tiles) {
        for (int n = 0; tiles < size.tiles() && n < NUMBERS; n++) {
            int from = 4 * (n * size.plane(size.out) + tiles * size.out);
            int length = 4 * (size.tiles() - tiles) * size.out;
            u.bytes().slice(from, length).put(new byte[length]);
        }
    }

    /** Adds up the tiles' sums of pixels for each channel. */
    private void addTiles(int tiles, double[] sums) {
        int plane = SUM * size.plane(size.out);
        for (int tile = 0; tile < tiles; tile++) {
            for (int c = 0; c < size.out; c++) {
                sums[c] += u.bytes().getFloat(4 * (plane + tile * size.out + c));
            }
        }
    }
}
