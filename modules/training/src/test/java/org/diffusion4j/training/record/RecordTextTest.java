package org.diffusion4j.training.record;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.LossWeighting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordTextTest {
    @Test
    void recordsReadAsWords() {
        assertEquals(
                "base 0.0002, warmup steps 100, curve cosine (total steps 1000)",
                RecordText.of("learningRate", new LearningRate(2e-4, 100, new LearningRate.Cosine(1000)).toString()));
    }

    @Test
    void listsStayTogether() {
        assertEquals(
                "base 1, warmup steps 0, curve piecewise constant (stairs [Stair[multiple=1.0, end=10]], last 0.1)",
                RecordText.of(
                        "learningRate",
                        new LearningRate(1, 0, LearningRate.PiecewiseConstant.parse("1:10,0.1")).toString()));
    }

    @Test
    void typesAreSaidWhereTheNameDoesNot() {
        assertEquals(
                "min snr (gamma 5)",
                RecordText.of("weighting", LossWeighting.minSnr(5).toString()));
        assertEquals("simple", RecordText.of("weighting", LossWeighting.simple().toString()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Half[a=1", "Half[", "A[b=C[d=1]", "A[1]", "A[b=1]]", "A[b=1]c", "[a, b]", "a <b>", "DDPM", "17"
            })
    void whatIsNoRecordStaysAsItIs(String text) {
        assertEquals(text, RecordText.of("name", text));
    }
}
