package org.diffusion4j.engine.onednn;

import java.nio.ByteBuffer;
import java.util.List;
import org.diffusion4j.kernels.Kernels;

/** How a tile of a 3×3 convolution's result is made of products. */
enum WinogradForm {
    /** F(4×4, 3×3): 36 products of 36 numbers. */
    PLAIN(4, 36, List.of(new Run(0, 36, 0, 1))) {
        @Override
        void input(
                Kernels kernels,
                ByteBuffer x,
                int image,
                Winograd.Size size,
                int from,
                int to,
                ByteBuffer v,
                int tile) {
            int bytes = 4 * size.height() * size.width() * size.in();
            kernels.winogradInput(
                    x, image * bytes, size.height(), size.width(), size.in(), from, to, v, tile, size.plane(size.in()));
        }

        @Override
        void output(
                Kernels kernels,
                ByteBuffer m,
                int tile,
                ByteBuffer bias,
                ByteBuffer residual,
                ByteBuffer y,
                int image,
                Winograd.Size size,
                int from,
                int to) {
            int bytes = 4 * size.height() * size.width() * size.out();
            kernels.winogradOutput(
                    m,
                    tile,
                    size.plane(size.out()),
                    bias,
                    residual,
                    y,
                    image * bytes,
                    size.height(),
                    size.width(),
                    size.out(),
                    from,
                    to);
        }

        @Override
        void weight(Kernels kernels, ByteBuffer weight, int out, int in, boolean backward, ByteBuffer u) {
            kernels.winogradWeight(weight, out, in, backward, u);
        }
    },

    /** F(2×2, 3×3): 16 products of 16 numbers, for smaller images, since the weights are less than half as large. */
    SMALL(2, 16, List.of(new Run(0, 16, 0, 1))) {
        @Override
        void input(
                Kernels kernels,
                ByteBuffer x,
                int image,
                Winograd.Size size,
                int from,
                int to,
                ByteBuffer v,
                int tile) {
            int bytes = 4 * size.height() * size.width() * size.in();
            kernels.smallWinogradInput(
                    x, image * bytes, size.height(), size.width(), size.in(), from, to, v, tile, size.plane(size.in()));
        }

        @Override
        void output(
                Kernels kernels,
                ByteBuffer m,
                int tile,
                ByteBuffer bias,
                ByteBuffer residual,
                ByteBuffer y,
                int image,
                Winograd.Size size,
                int from,
                int to) {
            int bytes = 4 * size.height() * size.width() * size.out();
            kernels.smallWinogradOutput(
                    m,
                    tile,
                    size.plane(size.out()),
                    bias,
                    residual,
                    y,
                    image * bytes,
                    size.height(),
                    size.width(),
                    size.out(),
                    from,
                    to);
        }

        @Override
        void weight(Kernels kernels, ByteBuffer weight, int out, int in, boolean backward, ByteBuffer u) {
            kernels.smallWinogradWeight(weight, out, in, backward, u);
        }
    },

    /** The image is doubled first, as {@link Kernels#smallWinogradInput} says: 25 products of 16 numbers. */
    UPSAMPLED(4, 16, List.of(new Run(0, 16, 0, 1), new Run(16, 4, 8, 1), new Run(20, 4, 2, 4), new Run(24, 1, 10, 1))) {
        @Override
        void input(
                Kernels kernels,
                ByteBuffer x,
                int image,
                Winograd.Size size,
                int from,
                int to,
                ByteBuffer v,
                int tile) {
            int height = size.height() / 2;
            int width = size.width() / 2;
            int bytes = 4 * height * width * size.in();
            kernels.smallWinogradInput(
                    x, image * bytes, height, width, size.in(), from, to, v, tile, size.plane(size.in()));
        }

        @Override
        void output(
                Kernels kernels,
                ByteBuffer m,
                int tile,
                ByteBuffer bias,
                ByteBuffer residual,
                ByteBuffer y,
                int image,
                Winograd.Size size,
                int from,
                int to) {
            int bytes = 4 * size.height() * size.width() * size.out();
            kernels.upsampledWinogradOutput(
                    m,
                    tile,
                    size.plane(size.out()),
                    bias,
                    residual,
                    y,
                    image * bytes,
                    size.height(),
                    size.width(),
                    size.out(),
                    from,
                    to);
        }

        @Override
        void weight(Kernels kernels, ByteBuffer weight, int out, int in, boolean backward, ByteBuffer u) {
            if (backward) {
                throw new IllegalArgumentException("only the forward pass has this form");
            }
            kernels.upsampledWinogradWeight(weight, out, in, u);
        }
    };

    private final int side;
    private final int numbers;
    private final List<Run> runs;

    /**
     * Products of numbers at equal distances.
     *
     * @param product the first product
     * @param count how many there are
     * @param number the number of the first product
     * @param step the distance from one number to the next
     */
    record Run(int product, int count, int number, int step) {
        /** Those products that are among some others; the count may be 0. */
        Run between(int from, int to) {
            int first = Math.min(Math.max(product, from), product + count);
            int last = Math.max(first, Math.min(product + count, to));
            return new Run(first, last - first, number + (first - product) * step, step);
        }
    }

    WinogradForm(int side, int numbers, List<Run> runs) {
        this.side = side;
        this.numbers = numbers;
        this.runs = runs;
    }

    /** The height and width of a tile, in pixels of the result. */
    int side() {
        return side;
    }

    /** How many numbers of a tile the products are of. */
    int numbers() {
        return numbers;
    }

    /** The number of products. */
    int products() {
        return runs.stream().mapToInt(Run::count).sum();
    }

    /** Some of the products. */
    List<Run> runs(int from, int to) {
        return runs.stream()
                .map(run -> run.between(from, to))
                .filter(run -> run.count > 0)
                .toList();
    }

    /** Transforms rows of tiles of an image, of which the first comes to a certain place. */
    abstract void input(
            Kernels kernels, ByteBuffer x, int image, Winograd.Size size, int from, int to, ByteBuffer v, int tile);

    /** Transforms the products of rows of tiles, of which the first has a certain place, to an image's pixels. */
    abstract void output(
            Kernels kernels,
            ByteBuffer m,
            int tile,
            ByteBuffer bias,
            ByteBuffer residual,
            ByteBuffer y,
            int image,
            Winograd.Size size,
            int from,
            int to);

    /** Transforms a weight to [products, in, out], or [products, out, in] if backward. */
    abstract void weight(Kernels kernels, ByteBuffer weight, int out, int in, boolean backward, ByteBuffer u);
}
