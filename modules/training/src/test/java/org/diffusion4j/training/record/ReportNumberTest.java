package org.diffusion4j.training.record;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportNumberTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0|0",
                "0.021149|0.0211",
                "1|1",
                "999.9|1000",
                "12345|12,300",
                "1e9|10⁹",
                "2.5e12|2.5×10¹²",
                "1e-5|10⁻⁵",
                "-3.14159|-3.14",
                "-2e-7|-2×10⁻⁷",
                "NaN|NaN",
                "-Infinity|-Infinity"
            })
    void decimalsAreReadable(double value, String text) {
        assertEquals(text, ReportNumber.decimal(value, 3));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0.0395|39.5 ms",
                "1.5|1.5 s",
                "59.96|60 s",
                "790|13 min",
                "39300|10 h 55 min",
                "3599|1 h 0 min",
                "200000|2 d 7 h"
            })
    void durationsAreInUnitsThatFit(double seconds, String text) {
        assertEquals(text, ReportNumber.duration(seconds));
    }
}
