package org.diffusion4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class EmaDecayTest {
    @Test
    void isACopyAtFirstThenGrowsToItsLargest() {
        assertEquals(0, EmaDecay.DEFAULT.at(0));
        assertEquals(2.0 / 11, EmaDecay.DEFAULT.at(1), 1e-15);
        assertEquals(0.9999, EmaDecay.DEFAULT.at(1_000_000));
    }

    @Test
    void warmsUpByAPower() {
        EmaDecay decay = new EmaDecay(0.9999, 0, 0, true, 1, 0.75);
        assertEquals(0.999, decay.at(9999), 1e-12); // 1 − 10000^−0.75
    }

    @Test
    void beginsLaterAndNeverFallsBelowItsLeast() {
        EmaDecay decay = new EmaDecay(0.99, 0.9, 10, false, 1, 1);
        assertEquals(0, decay.at(10));
        assertEquals(0.9, decay.at(11));
        assertEquals(0.99, decay.at(10_000));
    }

    @Test
    void wrongNumbersAreNamed() {
        assertEquals(
                "ema, 'decay': expected a number in [0, 1], found 1.5",
                assertThrows(IllegalArgumentException.class, () -> new EmaDecay(1.5, 0, 0, false, 1, 1))
                        .getMessage());
    }
}
