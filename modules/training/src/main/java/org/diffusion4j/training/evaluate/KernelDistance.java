package org.diffusion4j.training.evaluate;

import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * How far two sets of feature vectors are apart by a kernel: the unbiased estimate of the squared maximum mean discrepancy for
 * the kernel (x·y / d + 1)³ of vectors of d numbers, over random subsets (Bińkowski et al. 2018, arXiv:1801.01401, section 4:
 * the kernel inception distance, there in the features of another network). Unlike {@link FrechetDistance} it doesn't grow as
 * pictures get fewer: of sets of the same distribution it is around 0, and may be negative.
 *
 * @param mean over the subsets
 * @param deviation the standard deviation over the subsets, divided by their number
 * @param subsets how many subsets of either set were compared
 * @param subsetSize the vectors of a subset
 */
public record KernelDistance(double mean, double deviation, int subsets, int subsetSize) {
    /** The number of subsets, and the most vectors of one, that are usual. */
    private static final int SUBSETS = 100;

    private static final int LARGEST_SUBSET = 1000;
    private static final long SEED = 0;

    /**
     * The distance over 100 subsets of 1000 vectors, or of as many as the smaller set has. The same vectors in the same order
     * give the same numbers on any machine.
     *
     * @param first one vector per row, with finite numbers, at least 2 rows
     * @param second the same, with the same width
     * @return the distance, in units of the kernel
     * @throws IllegalArgumentException if there are too few rows, or the widths differ
     */
    public static KernelDistance between(double[][] first, double[][] second) {
        int size = Math.min(LARGEST_SUBSET, Math.min(first.length, second.length));
        return between(first, second, SUBSETS, size, SEED);
    }

    /**
     * The distance over subsets of one's choice. A subset has each vector at most once; those of the two sets are drawn one
     * after the other, by {@link Random} and partial shuffles.
     *
     * @param first one vector per row, with finite numbers, at least 2 rows
     * @param second the same, with the same width
     * @param subsets how many, at least 1
     * @param subsetSize the vectors of a subset, from 2 to the size of the smaller set
     * @param seed decides the subsets
     * @return the distance, in units of the kernel
     * @throws IllegalArgumentException if there are too few rows, or the widths differ
     */
    public static KernelDistance between(double[][] first, double[][] second, int subsets, int subsetSize, long seed) {
        FrechetDistance.requireVectors(first, second);
        if (subsets < 1 || subsetSize < 2 || subsetSize > Math.min(first.length, second.length)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "subsets: expected at least 1, of 2 to %d vectors, found %d of %d",
                    Math.min(first.length, second.length),
                    subsets,
                    subsetSize));
        }
        Random random = new Random(seed);
        double[][][][] drawn = new double[subsets][2][][];
        for (double[][][] pair : drawn) {
            pair[0] = subset(first, subsetSize, random);
            pair[1] = subset(second, subsetSize, random);
        }
        double[] distances = IntStream.range(0, subsets)
                .parallel()
                .mapToDouble(i -> discrepancy(drawn[i][0], drawn[i][1]))
                .toArray();
        double mean = Arrays.stream(distances).sum() / subsets;
        double squares = Arrays.stream(distances)
                .map(each -> (each - mean) * (each - mean))
                .sum();
        return new KernelDistance(mean, Math.sqrt(squares / subsets), subsets, subsetSize);
    }

    private static double[][] subset(double[][] vectors, int size, Random random) {
        double[][] shuffled = vectors.clone();
        for (int i = 0; i < size; i++) {
            int other = i + random.nextInt(shuffled.length - i);
            double[] taken = shuffled[other];
            shuffled[other] = shuffled[i];
            shuffled[i] = taken;
        }
        return Arrays.copyOf(shuffled, size);
    }

    /** Of two sets of m vectors each: the mean kernel of different vectors of either, less twice that between both. */
    private static double discrepancy(double[][] first, double[][] second) {
        double m = first.length;
        double[][] firstColumns = transposed(first);
        double[][] secondColumns = transposed(second);
        return sum(first, firstColumns, true) / (m * (m - 1))
                + sum(second, secondColumns, true) / (m * (m - 1))
                - 2 * sum(first, secondColumns, false) / (m * m);
    }

    private static double[][] transposed(double[][] vectors) {
        double[][] columns = new double[vectors[0].length][vectors.length];
        for (int i = 0; i < vectors.length; i++) {
            for (int k = 0; k < columns.length; k++) {
                columns[k][i] = vectors[i][k];
            }
        }
        return columns;
    }

    /** The sum of the kernels of all pairs; of a set with itself, without those of a vector with itself. */
    private static double sum(double[][] rows, double[][] columns, boolean itself) {
        int width = columns.length;
        double[] products = new double[rows.length];
        double sum = 0;
        for (int i = 0; i < rows.length; i++) {
            // A set's own pairs come twice: only those of a vector with earlier ones are computed.
            int count = itself ? i : rows.length;
            Arrays.fill(products, 0, count, 0);
            for (int k = 0; k < width; k++) {
                double value = rows[i][k];
                double[] column = columns[k];
                for (int j = 0; j < count; j++) {
                    products[j] += value * column[j];
                }
            }
            double row = 0;
            for (int j = 0; j < count; j++) {
                double kernel = products[j] / width + 1;
                row += kernel * kernel * kernel;
            }
            sum += itself ? 2 * row : row;
        }
        return sum;
    }
}
