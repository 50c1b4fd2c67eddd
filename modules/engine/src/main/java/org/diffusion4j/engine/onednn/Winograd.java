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
 * in the cache. Each image is processed separately, so that its result doesn't depend on the number of images.
 */
final class Winograd implements Step {
    private static final int NUMBERS = 36;
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

    private static final int TILES_AT_ONCE = 64;

    private final Kernels kernels;
    private final Size size;
    private final PrimitiveStep product;
    private final Buffer x;
    private final Buffer v;
    private final Buffer m;
    private final Buffer bias;
    private final Buffer residual;
    private final Buffer y;

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

        /** How many rows of tiles are processed at a time. */
        int rows() {
            return Math.max(1, Math.min(down(), TILES_AT_ONCE / across()));
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

        memory.desc tilesOf(int channels) {
            return new memory.desc(
                    new long[] {NUMBERS, tiles(), channels}, Primitives.F32, new long[] {plane(channels), channels, 1});
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
        double weights = (double) NUMBERS * size.in * size.out;
        double image = (double) size.height * size.width * (size.in + size.out);
        return Kernels.best().areVectors()
                && shape
                && channels
                && size.across() * size.down() >= LEAST_TILES
                && weights <= (training ? 1.25 * size.images : MOST_WEIGHTS) * image;
    }

    Winograd(
            Kernels kernels,
            Size size,
            Primitives primitives,
            Weights weights,
            Value weight,
            Weights.Pass pass,
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
        this.v = new Buffer((long) NUMBERS * size.plane(size.in), false, false);
        this.m = new Buffer((long) NUMBERS * size.plane(size.out), false, false);
        int threads = primitives.threadsFor((double) NUMBERS * size.tiles() * size.in * size.out);
        memory.desc source = size.tilesOf(size.in);
        memory.desc target = size.tilesOf(size.out);
        matmul.primitive_desc description = new matmul.primitive_desc(
                primitives.engine(),
                source,
                new memory.desc(new long[] {NUMBERS, size.in, size.out}, Primitives.F32, memory.format_tag.any),
                target,
                Primitives.attributes(),
                false);
        this.product = primitives
                .step(description, threads)
                .with(DNNL_ARG_SRC, source, v)
                .with(DNNL_ARG_WEIGHTS, weights.winograd(weight, description.weights_desc(), pass))
                .with(DNNL_ARG_DST, target, m);
    }

    @Override
    public List<Buffer> buffers() {
        List<Buffer> all = new ArrayList<>(product.buffers());
        all.add(x);
        all.add(y);
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
        product.bind();
    }

    @Override
    public void run() {
        int from = 4 * size.height * size.width * size.in;
        int to = 4 * size.height * size.width * size.out;
        for (int image = 0; image < size.images; image++) {
            for (int row = 0; row < size.down(); row += size.rows()) {
                int end = Math.min(size.down(), row + size.rows());
                kernels.winogradInput(
                        x.bytes(),
                        image * from,
                        size.height,
                        size.width,
                        size.in,
                        row,
                        end,
                        v.bytes(),
                        0,
                        size.plane(size.in));
                product.run();
                kernels.winogradOutput(
                        m.bytes(),
                        0,
                        size.plane(size.out),
                        bias == null ? null : bias.bytes(),
                        residual == null ? null : residual.bytes(),
                        y.bytes(),
                        image * to,
                        size.height,
                        size.width,
                        size.out,
                        row,
                        end);
            }
        }
    }
}
