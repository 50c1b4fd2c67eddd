package org.diffusion4j.training.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ThinnedCurveTest {
    @Test
    void fewStepsStayAsTheyAre() {
        ThinnedCurve curve = new ThinnedCurve();
        curve.add(1, 3);
        curve.add(4, 5);

        assertEquals(
                List.of(new ThinnedCurve.Point(1, 1, 3, 3, 3), new ThinnedCurve.Point(4, 1, 5, 5, 5)), curve.points());
    }

    @Test
    void manyStepsKeepTheirSumsAndEnds() {
        ThinnedCurve curve = new ThinnedCurve();
        Random random = new Random(1);
        double sum = 0;
        for (long step = 1; step <= 1_000_000; step++) {
            double value = step == 123_456 ? 50 : step == 654_321 ? -50 : random.nextDouble();
            sum += value;
            curve.add(step, value);
        }

        List<ThinnedCurve.Point> points = curve.points();

        assertTrue(points.size() <= ThinnedCurve.CAPACITY && points.size() > ThinnedCurve.CAPACITY / 2 - 2);
        assertEquals(
                1_000_000, points.stream().mapToLong(ThinnedCurve.Point::count).sum());
        assertEquals(
                sum,
                points.stream()
                        .mapToDouble(point -> point.mean() * point.count())
                        .sum(),
                1e-6);
        assertEquals(
                50, points.stream().mapToDouble(ThinnedCurve.Point::most).max().orElseThrow());
        assertEquals(
                -50,
                points.stream().mapToDouble(ThinnedCurve.Point::least).min().orElseThrow());
    }

    @Test
    void aHighStepAloneLeavesTheFirstPointToEarlierOnes() {
        ThinnedCurve curve = new ThinnedCurve();
        curve.add(1, 1);
        curve.add(Long.MAX_VALUE, 2);
        curve.add(2, 3);

        List<ThinnedCurve.Point> points = curve.points();

        assertEquals(2, points.size());
        assertEquals(2, points.get(0).mean());
    }

    @Test
    void smoothingKeepsALevelAndTakesItsNoise() {
        ThinnedCurve curve = new ThinnedCurve();
        Random random = new Random(2);
        for (long step = 1; step <= 1000; step++) {
            curve.add(step, 1 + 0.5 * random.nextGaussian());
        }

        double[] smoothed = ThinnedCurve.smoothed(curve.points());

        for (int i = 300; i < 700; i++) {
            assertEquals(1, smoothed[i], 0.25);
        }
    }

    @Test
    void smoothingLeavesTheFirstPointOfASteepFall() {
        ThinnedCurve curve = new ThinnedCurve();
        for (long step = 1; step <= 1000; step++) {
            curve.add(step, Math.exp(-step / 20.0));
        }
        assertEquals(Math.exp(-1 / 20.0), ThinnedCurve.smoothed(curve.points())[0], 1e-3);
    }

    @Test
    void meanIsOfTheStepsAfterAndUntil() {
        ThinnedCurve curve = new ThinnedCurve();
        for (long step = 1; step <= 4; step++) {
            curve.add(step, (double) step * step);
        }
        assertEquals((4 + 9) / 2.0, curve.mean(1, 3));
        assertTrue(Double.isNaN(curve.mean(4, 9)));
    }
}
