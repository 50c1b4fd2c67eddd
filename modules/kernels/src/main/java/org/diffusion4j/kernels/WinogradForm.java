package org.diffusion4j.kernels;

import java.util.List;

/**
 * How a tile of a 3×3 convolution's result is made of products, after Lavin and Gray 2015 (arXiv:1509.09308): the image's pixels
 * that it depends on, one more on each side and zero outside the image, become some numbers per channel, Bᵀ·d·B; the weight, G·g·Gᵀ,
 * has a matrix for each product of one of these numbers; and the products become the tile's pixels, Aᵀ·m·A.
 */
public enum WinogradForm {
    /** F(4×4, 3×3): 36 products of 36 numbers. */
    PLAIN(4, 4, 6, 6, List.of(new Run(0, 36, 0, 1))),

    /**
     * F(2×2, 3×3): 16 products of 16 numbers, for smaller images, since the weights are less than half as large. In each
     * direction two pixels of the result depend on four of the image, a to d, and with the kernel g they are
     *
     * <pre>
     * y0 = (a − c)·g0 + s + (b − c)·r                    s = (b + c)·(g0 + g1 + g2)/2
     * y1 = s − (b − c)·r + (d − b)·g2                    r = (g1 − g0 − g2)/2
     * </pre>
     *
     * so the 16 numbers are a − c, b + c, b − c and d − b down, and the same of them across.
     */
    SMALL(2, 2, 4, 4, List.of(new Run(0, 16, 0, 1))),

    /**
     * A convolution of an image whose height and width are doubled before, by repeating each pixel four times: 25 products of 16
     * numbers. It is four convolutions of 2×2, one for each place in 2×2 pixels of the result, whose kernels are sums of the nine
     * numbers. In each direction, four pixels of the result depend on the same four of the image as in {@link #SMALL}, whose s
     * they share:
     *
     * <pre>
     * y0 = (a − c)·g0 + s − (b − c)·h     h = (g0 − g1 − g2)/2
     * y1 = s + (b − c)·k                  k = (g0 + g1 − g2)/2
     * y2 = s + (b − c)·h
     * y3 = s − (b − c)·k + (d − b)·g2
     * </pre>
     *
     * so a tile of 4×4 pixels of the doubled image is made of 25 products, where {@link #PLAIN} has 36. The first 16 are those of
     * the 16 numbers with the weights of g0, s, h and g2; those of k come after them: of numbers 8 to 11 for k down, of 2, 6, 10
     * and 14 for k across, and of 10 for both.
     */
    UPSAMPLED(
            4,
            2,
            4,
            5,
            List.of(new Run(0, 16, 0, 1), new Run(16, 4, 8, 1), new Run(20, 4, 2, 4), new Run(24, 1, 10, 1)));

    private final int side;
    private final int imageSide;
    private final int numbersAcross;
    private final int productsAcross;
    private final List<Run> runs;

    /**
     * Products of numbers at equal distances.
     *
     * @param product the first product
     * @param count how many there are
     * @param number the number of the first product
     * @param step the distance from one number to the next
     */
    public record Run(int product, int count, int number, int step) {
        /** Those products that are among some others; the count may be 0. */
        private Run between(int from, int to) {
            int first = Math.min(Math.max(product, from), product + count);
            int last = Math.max(first, Math.min(product + count, to));
            return new Run(first, last - first, number + (first - product) * step, step);
        }
    }

    WinogradForm(int side, int imageSide, int numbersAcross, int productsAcross, List<Run> runs) {
        this.side = side;
        this.imageSide = imageSide;
        this.numbersAcross = numbersAcross;
        this.productsAcross = productsAcross;
        this.runs = runs;
    }

    /**
     * The height and width of a tile.
     *
     * @return in pixels of the result
     */
    public int side() {
        return side;
    }

    /**
     * The height and width of a tile in the image, without the pixels beside it.
     *
     * @return in pixels of the image
     */
    public int imageSide() {
        return imageSide;
    }

    /**
     * How many numbers of a tile the products are of.
     *
     * @return per channel
     */
    public int numbers() {
        return numbersAcross * numbersAcross;
    }

    /**
     * The number of products.
     *
     * @return per tile and channel of the result
     */
    public int products() {
        return productsAcross * productsAcross;
    }

    /**
     * Some of the products.
     *
     * @param from the first one
     * @param to one more than the last one
     * @return them by the numbers that they are of
     */
    public List<Run> runs(int from, int to) {
        return runs.stream()
                .map(run -> run.between(from, to))
                .filter(run -> run.count > 0)
                .toList();
    }

    int numbersAcross() {
        return numbersAcross;
    }

    int productsAcross() {
        return productsAcross;
    }

    /** The product of row i and column j. */
    int product(int i, int j) {
        return j < numbersAcross ? numbersAcross * i + j : numbersAcross * productsAcross + i;
    }
}
