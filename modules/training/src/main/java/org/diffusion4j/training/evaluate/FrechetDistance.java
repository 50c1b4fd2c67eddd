package org.diffusion4j.training.evaluate;

import java.util.Locale;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.stat.correlation.Covariance;

/**
 * How far two sets of feature vectors are apart, each taken for a normal distribution: |μ₁ − μ₂|² +
 * Tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½) (Dowson and Landau 1982, equation 4; for images Heusel et al. 2017, arXiv:1706.08500,
 * equation 6). The fewer the vectors, the larger it comes out: only distances between sets of the same sizes, in the same
 * features, may be compared.
 */
public final class FrechetDistance {
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

    /** Between two normal distributions. */
    static double between(double[] mean1, RealMatrix covariance1, double[] mean2, RealMatrix covariance2) {
        double distance = covariance1.getTrace() + covariance2.getTrace();
        for (int i = 0; i < mean1.length; i++) {
            distance += (mean1[i] - mean2[i]) * (mean1[i] - mean2[i]);
        }
        // Σ₁ Σ₂ has the eigenvalues of the symmetric √Σ₁ Σ₂ √Σ₁, which a singular matrix doesn't upset.
        RealMatrix root = squareRoot(covariance1);
        for (double eigenvalue :
                eigen(root.multiply(covariance2).multiply(root)).getRealEigenvalues()) {
            distance -= 2 * root(eigenvalue);
        }
        // Rounding may make this slightly negative.
        return Math.max(0, distance);
    }

    private static RealMatrix squareRoot(RealMatrix symmetric) {
        EigenDecomposition eigen = eigen(symmetric);
        double[] roots = eigen.getRealEigenvalues();
        for (int i = 0; i < roots.length; i++) {
            roots[i] = root(roots[i]);
        }
        return eigen.getV()
                .multiply(MatrixUtils.createRealDiagonalMatrix(roots))
                .multiply(eigen.getVT());
    }

    /** The eigenvalues of a matrix that is symmetric up to rounding. */
    private static EigenDecomposition eigen(RealMatrix matrix) {
        return new EigenDecomposition(matrix.add(matrix.transpose()).scalarMultiply(0.5));
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

    private static RealMatrix covariance(double[][] vectors) {
        if (vectors[0].length == 1) { // the class below refuses this
            double mean = mean(vectors)[0];
            double sum = 0;
            for (double[] vector : vectors) {
                sum += (vector[0] - mean) * (vector[0] - mean);
            }
            return new Array2DRowRealMatrix(new double[][] {{sum / (vectors.length - 1)}});
        }
        return new Covariance(vectors).getCovarianceMatrix();
    }
}
