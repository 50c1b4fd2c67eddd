package org.diffusion4j.training.evaluate;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Balls around feature vectors, each just as large as to reach its k-th nearest neighbour: where a set of pictures lies, as far
 * as it can be known from some of them. Distances are computed for blocks of vectors, so memory doesn't grow with their square.
 */
final class Neighbourhoods {
    /** How many vectors of either set are multiplied at a time. */
    private static final int BLOCK = 512;

    /**
     * The share of |a|² + |b|² below which |a|² + |b|² − 2ab is computed anew from a − b: rounding has far less, and vectors that
     * are the same have no distance at all.
     */
    private static final double EXACT = 1e-9;

    private final double[][] vectors;
    private final double[] squares;
    /** Squared. */
    private final double[] radii;

    private Neighbourhoods(double[][] vectors, double[] squares, double[] radii) {
        this.vectors = vectors;
        this.squares = squares;
        this.radii = radii;
    }

    /**
     * The balls of a set.
     *
     * @param vectors one per row, at least 2
     * @param neighbours k, at least 1; of fewer other vectors, the farthest counts
     */
    static Neighbourhoods of(double[][] vectors, int neighbours) {
        int k = Math.min(neighbours, vectors.length - 1);
        double[] squares = squares(vectors);
        double[][] nearest = new double[vectors.length][k];
        int[][] which = new int[vectors.length][k];
        for (double[] row : nearest) {
            Arrays.fill(row, Double.POSITIVE_INFINITY);
        }
        forBlocks(vectors, vectors, (products, row, i, from) -> {
            for (int j = from; j < from + products[row].length; j++) {
                double distance = distance(products[row][j - from], vectors[i], squares[i], vectors[j], squares[j]);
                if (j != i && distance < nearest[i][k - 1]) {
                    insert(nearest[i], which[i], distance, j);
                }
            }
        });
        double[] radii = new double[vectors.length];
        for (int i = 0; i < radii.length; i++) {
            for (int j : which[i]) {
                radii[i] = Math.max(radii[i], exact(vectors[i], vectors[j]));
            }
        }
        return new Neighbourhoods(vectors, squares, radii);
    }

    private static void insert(double[] nearest, int[] which, double distance, int index) {
        int at = nearest.length - 1;
        while (at > 0 && nearest[at - 1] > distance) {
            nearest[at] = nearest[at - 1];
            which[at] = which[at - 1];
            at--;
        }
        nearest[at] = distance;
        which[at] = index;
    }

    /** The vectors around which the balls are. */
    double[][] vectors() {
        return vectors;
    }

    /** The share of other vectors, 0 to 1, that lie in at least one of the balls, or on its surface. */
    double share(double[][] others) {
        double[] otherSquares = squares(others);
        boolean[] inside = new boolean[others.length];
        forBlocks(others, vectors, (products, row, i, from) -> {
            for (int j = from; j < from + products[row].length && !inside[i]; j++) {
                double distance = distance(products[row][j - from], others[i], otherSquares[i], vectors[j], squares[j]);
                if (Math.abs(distance - radii[j]) <= EXACT * (otherSquares[i] + squares[j])) {
                    distance = exact(others[i], vectors[j]);
                }
                inside[i] = distance <= radii[j];
            }
        });
        long count = IntStream.range(0, inside.length).filter(i -> inside[i]).count();
        return (double) count / inside.length;
    }

    private static double[] squares(double[][] vectors) {
        return Arrays.stream(vectors)
                .mapToDouble(vector -> Arrays.stream(vector).map(x -> x * x).sum())
                .toArray();
    }

    /** The squared distance of two vectors, by their product. */
    private static double distance(double product, double[] a, double squareA, double[] b, double squareB) {
        double sum = squareA + squareB;
        double distance = sum - 2 * product;
        return distance <= EXACT * sum ? exact(a, b) : distance;
    }

    private static double exact(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
    }

    /** Looks at the products of a vector with some others. */
    private interface RowOfBlock {
        /**
         * Looks at them.
         *
         * @param products of a block
         * @param row the vector's row in it
         * @param i the vector's index
         * @param from the index of the first of the others
         */
        void look(double[][] products, int row, int i, int from);
    }

    /** Gives all products, with several threads at once, but those of one vector in order. */
    private static void forBlocks(double[][] rows, double[][] columns, RowOfBlock look) {
        for (int i = 0; i < rows.length; i += BLOCK) {
            int first = i;
            try (INDArray left = block(rows, i)) {
                for (int j = 0; j < columns.length; j += BLOCK) {
                    int from = j;
                    double[][] products;
                    try (INDArray right = block(columns, j);
                            INDArray product = Nd4j.gemm(left, right, false, true)) {
                        products = product.toDoubleMatrix();
                    }
                    IntStream.range(0, products.length)
                            .parallel()
                            .forEach(row -> look.look(products, row, first + row, from));
                }
            }
        }
    }

    private static INDArray block(double[][] vectors, int from) {
        return Nd4j.createFromArray(Arrays.copyOfRange(vectors, from, Math.min(vectors.length, from + BLOCK)));
    }
}
