package org.diffusion4j.training.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChartAxisTest {
    private static List<String> labels(ChartAxis axis) {
        return axis.ticks().stream().map(axis::label).toList();
    }

    @Test
    void straightAxisHasRoundEnds() {
        ChartAxis axis = ChartAxis.straight(0, 870);
        assertEquals(List.of("0", "200", "400", "600", "800", "1000"), labels(axis));
        assertEquals(0.5, axis.position(500));
    }

    @Test
    void smallRatesAreInPowersOfTen() {
        assertEquals(List.of("0", "5×10⁻⁵", "10⁻⁴", "1.5×10⁻⁴", "2×10⁻⁴"), labels(ChartAxis.straight(0, 2e-4)));
    }

    @Test
    void stepsEndWhereTheRunDoes() {
        ChartAxis axis = ChartAxis.steps(1_234_567);
        assertEquals(1, axis.position(1_234_567));
        assertEquals(List.of("0", "0.5M", "1M"), labels(axis));
        assertEquals(List.of("0", "1", "2", "3"), labels(ChartAxis.steps(3)));
        assertEquals(0.5, ChartAxis.steps(1).position(1));
    }

    @Test
    void valuesFarApartAreOnALogarithmicAxis() {
        ChartAxis axis = ChartAxis.fitting(0.01, 1);
        assertTrue(axis.logarithmic());
        assertEquals(List.of("0.01", "0.03", "0.1", "0.3", "1"), labels(axis));
        assertEquals(0.5, axis.position(0.1), 1e-9);
    }

    @Test
    void zeroAndNearValuesAreOnAStraightAxis() {
        assertFalse(ChartAxis.fitting(0, 1).logarithmic());
        assertFalse(ChartAxis.fitting(0.5, 1).logarithmic());
    }

    /** Whatever a run comes to: some ticks, not too many, all within, and so are the values. */
    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "-3,-3", "1e-12,1e-12", "1e-9,1e9", "1e-30,1e30", "0.3,0.4", "0,1e-7", "1e12,3e12", "-5,7"
    })
    void everyRangeHasTicksAndHoldsItsValues(double least, double most) {
        ChartAxis axis = ChartAxis.fitting(least, most);
        assertTrue(
                axis.ticks().size() >= 2 && axis.ticks().size() <= 8,
                labels(axis).toString());
        assertEquals(
                axis.ticks().size(), List.copyOf(new TreeSet<>(labels(axis))).size());
        for (double value : new double[] {
            least, most, axis.ticks().get(0), axis.ticks().get(axis.ticks().size() - 1)
        }) {
            double position = axis.position(value);
            assertTrue(position >= -1e-9 && position <= 1 + 1e-9, value + " is at " + position);
        }
    }
}
