package org.diffusion4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.diffusion4j.training.LearningRate.PiecewiseConstant;
import org.diffusion4j.training.LearningRate.Polynomial;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The numbers of diffusers stand in the reference cases of module verify; here is what follows from the words. */
class LearningRateTest {
    @ParameterizedTest
    @ValueSource(strings = {"constant_with_warmup", "linear", "cosine", "cosine_with_restarts", "polynomial"})
    void warmsUpInAStraightLineFromZero(String name) {
        LearningRate rate = LearningRate.of(name, 0.5, 4, 20);
        assertEquals(
                List.of(0.0, 0.125, 0.25, 0.375, 0.5),
                LongStream.range(0, 5).mapToObj(rate::at).toList());
    }

    @ParameterizedTest
    @CsvSource({"constant, 0.5, 0.5", "linear, 0.25, 0", "cosine, 0.25, 0", "cosine_with_restarts, 0.25, 0"})
    void isAsTheNameSaysHalfWayAndAtTheEnd(String name, double halfWay, double end) {
        LearningRate rate = LearningRate.of(name, 0.5, 4, 20);
        assertEquals(halfWay, rate.at(12), 1e-15);
        assertEquals(end, rate.at(20), 1e-15);
    }

    @Test
    void aPolynomialEndsAtItsEnd() {
        LearningRate rate = new LearningRate(0.5, 4, new Polynomial(20, 0.1, 2));
        assertEquals(0.1 + 0.4 / 4, rate.at(12), 1e-15);
        assertEquals(0.1, rate.at(20));
        assertEquals(0.1, rate.at(1000));
    }

    @Test
    void aStaircaseIsReadFromItsRules() {
        LearningRate rate = new LearningRate(2, 0, PiecewiseConstant.parse("1:10,0.5: 20,0.25"));
        assertEquals(
                List.of(2.0, 2.0, 1.0, 1.0, 0.5),
                Stream.of(0L, 9L, 10L, 19L, 20L).map(rate::at).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1:10", "1,10:2", "a:1,2", "1:20,0.1:10,0.01", "1:10,-1"})
    void wrongRulesAreRefused(String rules) {
        assertThrows(IllegalArgumentException.class, () -> PiecewiseConstant.parse(rules));
    }

    @Test
    void wrongNumbersAndNamesAreNamed() {
        assertEquals(
                "warm-up steps: expected at least 0, found -1", refused(() -> LearningRate.of("linear", 0.5, -1, 20)));
        assertEquals(
                "learning rate: expected a number of at least 0, found NaN",
                refused(() -> LearningRate.of("linear", Double.NaN, 0, 20)));
        assertEquals(
                "learning rate schedule: expected constant, constant_with_warmup, linear, cosine, cosine_with_restarts"
                        + " or polynomial, found 'exponential'",
                refused(() -> LearningRate.of("exponential", 0.5, 0, 20)));
    }

    private static String refused(Runnable action) {
        return assertThrows(IllegalArgumentException.class, action::run).getMessage();
    }
}
