package org.diffusion4j.training.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KernelDistanceTest {
    /** 30 vectors of 5 numbers, the k-th of the i-th ((7 i + 5 k) mod 11) / 11. */
    private static double[][] first() {
        double[][] vectors = new double[30][5];
        for (int i = 0; i < vectors.length; i++) {
            for (int k = 0; k < 5; k++) {
                vectors[i][k] = ((i * 7 + k * 5) % 11) / 11.0;
            }
        }
        return vectors;
    }

    /** 24 vectors of 5 numbers, the k-th of the i-th ((3 i + k²) mod 13) / 13. */
    private static double[][] second() {
        double[][] vectors = new double[24][5];
        for (int i = 0; i < vectors.length; i++) {
            for (int k = 0; k < 5; k++) {
                vectors[i][k] = ((i * 3 + k * k) % 13) / 13.0;
            }
        }
        return vectors;
    }

    @Test
    void ofTwoPairsIsWhatOneWritesDown() {
        // Kernels: (0,1)·(2,1) = 1, (1/2 + 1)³ = 3.375; (4,1)·(4,5) = 21, 11.5³; between 1, 5, 9 and 13: 1.5³, 3.5³,
        // 5.5³, 7.5³.
        double[][] first = {{0, 1}, {2, 1}};
        double[][] second = {{4, 1}, {4, 5}};
        double expected = 3.375 + 1520.875 - (3.375 + 42.875 + 166.375 + 421.875) / 2;
        assertEquals(expected, KernelDistance.between(first, second, 1, 2, 0).mean(), 1e-9);
        assertEquals(0, KernelDistance.between(first, second, 5, 2, 0).deviation(), 1e-9);
    }

    @Test
    void subsetsAndTheirDeviationAreNumpys() {
        // By numpy in double, with a copy of java.util.Random.
        KernelDistance ten = KernelDistance.between(first(), second(), 7, 10, 42);
        assertEquals(-0.02020873249862268, ten.mean(), 1e-13);
        assertEquals(0.014425033660795993, ten.deviation(), 1e-13);
        KernelDistance usual = KernelDistance.between(first(), second());
        assertEquals(-0.024382566303791285, usual.mean(), 1e-13);
        assertEquals(0.0033041194809045943, usual.deviation(), 1e-13);
        assertEquals(100, usual.subsets());
        assertEquals(24, usual.subsetSize());
    }

    @Test
    void isAroundZeroWithinADistributionAndLargeBetweenTwo() {
        Random random = new Random(3);
        double[][] some = vectors(random, 1200, 1, 0);
        KernelDistance same = KernelDistance.between(some, vectors(random, 1100, 1, 0));
        KernelDistance moved = KernelDistance.between(some, vectors(random, 1100, 1, 0.5));
        assertEquals(1000, same.subsetSize());
        assertTrue(Math.abs(same.mean()) < 4 * same.deviation(), same.toString());
        assertTrue(moved.mean() > 20 * moved.deviation(), moved.toString());
    }

    @Test
    void theSeedDecidesTheSubsets() {
        KernelDistance one = KernelDistance.between(first(), second(), 3, 8, 1);
        assertEquals(one, KernelDistance.between(first(), second(), 3, 8, 1));
        assertNotEquals(one, KernelDistance.between(first(), second(), 3, 8, 2));
    }

    private static double[][] vectors(Random random, int count, double scale, double shift) {
        double[][] vectors = new double[count][8];
        for (double[] vector : vectors) {
            Arrays.setAll(vector, i -> scale * random.nextGaussian() + shift);
        }
        return vectors;
    }

    @Test
    void refusesWhatHasNoPairs() {
        double[][] two = {{0, 1}, {2, 1}};
        assertThrows(IllegalArgumentException.class, () -> KernelDistance.between(two, new double[][] {{0, 1}}));
        assertThrows(IllegalArgumentException.class, () -> KernelDistance.between(two, new double[][] {{0}, {1}}));
        assertThrows(IllegalArgumentException.class, () -> KernelDistance.between(new double[0][], two));
        assertThrows(IllegalArgumentException.class, () -> KernelDistance.between(two, two, 1, 3, 0));
        assertThrows(IllegalArgumentException.class, () -> KernelDistance.between(two, two, 0, 2, 0));
    }
}
