package org.diffusion4j.training.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class FrechetDistanceTest {
    private static final double[] ORIGIN = {0, 0};

    private static INDArray matrix(double[]... rows) {
        return Nd4j.createFromArray(rows);
    }

    @Test
    void ofOneDimensionIsByMeansAndStandardDeviations() {
        double distance = FrechetDistance.between(
                new double[] {1}, matrix(new double[] {9}), new double[] {3}, matrix(new double[] {4}));
        assertEquals(4 + 1, distance, 1e-12);
    }

    @Test
    void ofDiagonalCovariancesIsASumOverTheAxes() {
        double distance = FrechetDistance.between(
                new double[] {1, 2},
                matrix(new double[] {4, 0}, new double[] {0, 0.25}),
                new double[] {-1, 5},
                matrix(new double[] {1, 0}, new double[] {0, 9}));
        assertEquals(4 + 9 + 1 + 2.5 * 2.5, distance, 1e-12);
    }

    @Test
    void ofCovariancesThatDoNotCommuteIsByTraceAndDeterminant() {
        INDArray a = matrix(new double[] {2, 1.2}, new double[] {1.2, 1});
        INDArray b = matrix(new double[] {1, -0.7}, new double[] {-0.7, 3});
        // Of 2x2 matrices Tr √M = √(Tr M + 2 √det M).
        double determinants = (2 - 1.44) * (3 - 0.49);
        double root = Math.sqrt(Nd4j.diag(a.mmul(b)).sumNumber().doubleValue() + 2 * Math.sqrt(determinants));
        assertEquals(3 + 4 - 2 * root, FrechetDistance.between(ORIGIN, a, ORIGIN, b), 1e-12);
        assertEquals(3 + 4 - 2 * root, FrechetDistance.between(ORIGIN, b, ORIGIN, a), 1e-12);
    }

    @Test
    void ofSingularCovariancesIsStillDefined() {
        INDArray none = matrix(new double[] {0, 0}, new double[] {0, 0});
        INDArray a = matrix(new double[] {4, 2}, new double[] {2, 1}); // (2, 1) by itself
        INDArray b = matrix(new double[] {1, 3}, new double[] {3, 9}); // (1, 3)
        assertEquals(0, FrechetDistance.between(ORIGIN, none, ORIGIN, none), 0);
        assertEquals(5, FrechetDistance.between(ORIGIN, a, ORIGIN, none), 1e-12);
        assertEquals(5 + 10 - 2 * 5, FrechetDistance.between(ORIGIN, a, ORIGIN, b), 1e-6);
    }

    @Test
    void ofVectorsTakesMeanAndUnbiasedCovariance() {
        double[][] first = {{0, 1}, {2, 1}}; // mean (1, 1), variances 2 and 0
        double[][] second = {{4, 1}, {4, 5}}; // mean (4, 3), variances 0 and 8
        assertEquals(9 + 4 + 2 + 8, FrechetDistance.between(first, second), 1e-12);
        assertEquals(1 + 2, FrechetDistance.between(new double[][] {{0}, {2}}, new double[][] {{2}, {2}}), 1e-12);
    }

    @Test
    void ofManyVectorsIsThatOfTheirDistributions() {
        Random random = new Random(1);
        double[][] narrow = new double[20_000][6];
        double[][] wide = new double[20_000][6];
        for (int i = 0; i < narrow.length; i++) {
            for (int j = 0; j < 6; j++) {
                narrow[i][j] = random.nextGaussian();
                wide[i][j] = 3 * random.nextGaussian() + 1;
            }
        }
        assertEquals(6 * (1 + 4), FrechetDistance.between(narrow, wide), 0.5);
        assertEquals(0, FrechetDistance.between(wide, wide), 1e-9);
    }

    @Test
    void fewerVectorsThanFeaturesAreFarFromOthersOfTheSameDistribution() {
        Random random = new Random(2);
        double[][] few = vectors(random, 4, 16);
        double[][] others = vectors(random, 4, 16);
        assertEquals(0, FrechetDistance.between(few, few), 1e-6);
        assertTrue(FrechetDistance.between(few, others) > 0.5);
    }

    private static double[][] vectors(Random random, int count, int width) {
        double[][] vectors = new double[count][];
        Arrays.setAll(vectors, i -> random.doubles(width).toArray());
        return vectors;
    }

    @Test
    void refusesWhatHasNoCovariance() {
        double[][] two = {{0, 1}, {2, 1}};
        assertThrows(IllegalArgumentException.class, () -> FrechetDistance.between(two, new double[][] {{0, 1}}));
        assertThrows(IllegalArgumentException.class, () -> FrechetDistance.between(two, new double[][] {{0}, {1}}));
    }

    /** As with fewer pictures than InceptionV3 has features. */
    @Test
    void ofFewerVectorsThanTheyHaveNumbersIsStillDefined() {
        Random random = new Random(2);
        double[][] few = new double[12][300];
        for (double[] vector : few) {
            Arrays.setAll(vector, i -> random.nextGaussian());
        }
        double[][] moved = Arrays.stream(few)
                .map(vector -> Arrays.stream(vector).map(x -> x + 1).toArray())
                .toArray(double[][]::new);
        assertEquals(300, FrechetDistance.between(few, moved), 1e-4);
    }
}
