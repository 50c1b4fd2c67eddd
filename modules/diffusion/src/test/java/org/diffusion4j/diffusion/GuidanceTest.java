package org.diffusion4j.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class GuidanceTest {
    @Test
    void goesScaleTimesAsFarAsTheConditionalPrediction() {
        INDArray unconditional = Nd4j.createFromArray(1f, 2f);
        INDArray conditional = Nd4j.createFromArray(2f, 0f);

        INDArray guided = new Guidance(3).combine(unconditional, conditional);

        assertArrayEquals(new float[] {4, -4}, guided.toFloatVector());
        assertArrayEquals(new float[] {1, 2}, unconditional.toFloatVector());
        assertArrayEquals(new float[] {2, 0}, conditional.toFloatVector());
    }

    @Test
    void aScaleOfOneNeedsNoUnconditionalPrediction() {
        assertFalse(new Guidance(1).needsUnconditional());
        assertTrue(new Guidance(0).needsUnconditional());
        assertTrue(new Guidance(1.5).needsUnconditional());
    }

    @Test
    void refusesAScaleThatIsNoNumber() {
        assertThrows(IllegalArgumentException.class, () -> new Guidance(Double.NaN));
    }
}
