package org.diffusion4j.training.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PrecisionRecallTest {
    private static double[][] line(double... places) {
        return Arrays.stream(places).mapToObj(place -> new double[] {place}).toArray(double[][]::new);
    }

    /**
     * The balls of 0, 1, 2, 3, 10 have the radii 3, 2, 2, 3, 9 (of each, the third of its distances), so they are [-3, 3], [-1,
     * 3], [0, 4], [0, 6] and [1, 19]. Those of -4, -3, 5, 20, 30 have 24, 23, 15, 24, 33; that of -4 alone holds all five.
     */
    @Test
    void aFewNumbersAreAsByHand() {
        double[][] real = line(0, 1, 2, 3, 10);
        assertEquals(new PrecisionRecall(0.4, 1, 3), PrecisionRecall.between(line(-4, -3, 5, 20, 30), real));
        // Far away, close together: the balls of 100, 101, 102, 103 have the radii 3, 2, 2, 3.
        assertEquals(new PrecisionRecall(0, 0, 3), PrecisionRecall.between(line(100, 101, 102, 103), real));
        assertEquals(new PrecisionRecall(1, 1, 3), PrecisionRecall.between(real, real));
        // Of two vectors, a ball reaches the other one.
        assertEquals(new PrecisionRecall(0.5, 1, 3), PrecisionRecall.between(line(4, 6), line(3, 4)));
    }

    private static double[][] vectors(Random random, int count, int width, double mean) {
        double[][] vectors = new double[count][width];
        for (double[] vector : vectors) {
            for (int i = 0; i < width; i++) {
                vector[i] = mean + random.nextGaussian();
            }
        }
        return vectors;
    }

    private static double distance(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return Math.sqrt(sum);
    }

    /** Equation 1 of the paper, and equations 2 and 3, word by word. */
    private static double share(double[][] of, double[][] in) {
        double[] radii = Arrays.stream(in)
                .mapToDouble(centre -> Arrays.stream(in)
                        .mapToDouble(other -> distance(centre, other))
                        .sorted()
                        .toArray()[3]) // that of the centre to itself comes first
                .toArray();
        int inside = 0;
        for (double[] each : of) {
            boolean any = false;
            for (int i = 0; i < in.length; i++) {
                any |= distance(each, in[i]) <= radii[i];
            }
            inside += any ? 1 : 0;
        }
        return (double) inside / of.length;
    }

    /** More vectors than a block has; some are copies, and all are far from zero. */
    @Test
    void manyVectorsAreAsInThePaper() {
        Random random = new Random(3);
        double[][] real = vectors(random, 700, 6, 100);
        double[][] generated = vectors(random, 530, 6, 100.8);
        for (int i = 0; i < 20; i++) {
            generated[i] = real[i].clone();
            real[600 + i] = real[i].clone();
        }
        PrecisionRecall found = PrecisionRecall.between(generated, real);
        assertEquals(share(generated, real), found.precision());
        assertEquals(share(real, generated), found.recall());
        assertTrue(found.precision() > 0.1 && found.precision() < 0.95, found::toString);
    }

    @Test
    void copiesAreInOneAnother() {
        double[][] four = new double[4][];
        Arrays.fill(four, new double[] {0.1, 1e6});
        double[][] copies = Arrays.stream(four).map(double[]::clone).toArray(double[][]::new);
        assertEquals(new PrecisionRecall(1, 1, 3), PrecisionRecall.between(copies, four));
        double[][] near = {{0.1, 1e6 + 1e-6}, {0.1, 1e6 + 1e-6}};
        assertEquals(0, PrecisionRecall.between(near, four).precision());
    }

    @Test
    void fewPicturesOfOneKindAreGoodButNotAll() {
        Random random = new Random(4);
        double[][] real = vectors(random, 400, 4, 0);
        double[][] narrow = vectors(random, 400, 4, 0);
        for (double[] vector : narrow) {
            vector[0] *= 0.01;
        }
        PrecisionRecall found = PrecisionRecall.between(narrow, real);
        assertTrue(found.precision() > 0.9 && found.recall() < 0.5, found::toString);
    }

    @Test
    void setsThatDoNotGoTogetherAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> PrecisionRecall.between(line(1), line(1, 2)));
        assertThrows(
                IllegalArgumentException.class,
                () -> PrecisionRecall.between(line(1, 2), new double[][] {{1, 2}, {3, 4}}));
    }
}
