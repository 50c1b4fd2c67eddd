package org.diffusion4j.training.evaluate;

import java.util.Arrays;
import java.util.Locale;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * How far two sets of feature vectors are apart, each taken for a normal distribution: |μ₁ − μ₂|² +
 * Tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½) (Dowson and Landau 1982, equation 4; for images Heusel et al. 2017, arXiv:1706.08500,
 * equation 6). The fewer the vectors, the larger it comes out: only distances between sets of the same sizes, in the same
 * features, may be compared.
 */
public final class FrechetDistance {
    /** How many vectors are multiplied at a time. */
    private static final int ROWS = 1024;

    private FrechetDistance() {}

    /**
     * The distance, by mean and covariance (divided by n − 1).
     *
     * @param first one vector per row, with finite numbers, at least 2 rows
     * @param second the same, with the same width
     * @return at least 0, in squared units of the features
     * @throws IllegalArgumentException if there are too few rows, or the widths differ
     */
    public static double between(double[][] first, double[][] second) {
        requireVectors(first, second);
        return between(mean(first), covariance(first), mean(second), covariance(second));
    }

    /** Checks that there are at least two vectors in either set, all of one width. */
    static void requireVectors(double[][] first, double[][] second) {
        int width = first.length == 0 ? 0 : first[0].length;
        for (double[][] vectors : new double[][][] {first, second}) {
            if (vectors.length < 2 || vectors[0].length != width) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "features: expected at least 2 vectors of %d numbers, found %d of %d",
                        width,
                        vectors.length,
                        vectors.length == 0 ? 0 : vectors[0].length));
            }
        }
    }

    /** Between two normal distributions, whose covariances are in double. */
    static double between(double[] mean1, INDArray covariance1, double[] mean2, INDArray covariance2) {
        double distance = trace(covariance1) + trace(covariance2);
        for (int i = 0; i < mean1.length; i++) {
            distance += (mean1[i] - mean2[i]) * (mean1[i] - mean2[i]);
        }
        // Σ₁ Σ₂ has the eigenvalues of the symmetric √Σ₁ Σ₂ √Σ₁, which a singular matrix doesn't upset.
        INDArray root = squareRoot(covariance1);
        for (double eigenvalue : eigen(root.mmul(covariance2).mmul(root)).values) {
            distance -= 2 * root(eigenvalue);
        }
        // Rounding may make this slightly negative.
        return Math.max(0, distance);
    }

    private static double trace(INDArray matrix) {
        return Nd4j.diag(matrix).sumNumber().doubleValue();
    }

    private static INDArray squareRoot(INDArray symmetric) {
        Eigen eigen = eigen(symmetric);
        double[] roots = Arrays.stream(eigen.values).map(FrechetDistance::root).toArray();
        return eigen.vectors.mulRowVector(Nd4j.createFromArray(roots)).mmul(eigen.vectors.transpose());
    }

    /** @param vectors one per column */
    private record Eigen(double[] values, INDArray vectors) {}

    /** The eigenvalues of a matrix that is symmetric up to rounding, by LAPACK: singular ones of 2,048 columns are usual. */
    private static Eigen eigen(INDArray matrix) {
        INDArray vectors = matrix.add(matrix.transpose()).muli(0.5).dup('c');
        INDArray values = Nd4j.create(DataType.DOUBLE, matrix.size(0));
        Nd4j.getBlasWrapper().syev('V', 'U', vectors, values);
        return new Eigen(values.toDoubleVector(), vectors);
    }

    /** An eigenvalue of a covariance can be negative only because of rounding. */
    private static double root(double eigenvalue) {
        return Math.sqrt(Math.max(0, eigenvalue));
    }

    private static double[] mean(double[][] vectors) {
        double[] mean = new double[vectors[0].length];
        for (double[] vector : vectors) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += vector[i] / vectors.length;
            }
        }
        return mean;
    }

    private static INDArray covariance(double[][] vectors) {
        INDArray mean = Nd4j.createFromArray(mean(vectors));
        INDArray sum = Nd4j.zeros(DataType.DOUBLE, mean.length(), mean.length());
        for (int from = 0; from < vectors.length; from += ROWS) {
            double[][] rows = Arrays.copyOfRange(vectors, from, Math.min(vectors.length, from + ROWS));
            try (INDArray centred = Nd4j.createFromArray(rows).subiRowVector(mean);
                    INDArray products = centred.transpose().mmul(centred)) {
                sum.addi(products);
            }
        }
        return sum.divi(vectors.length - 1.0);
    }
}
