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
    void goesScaleTimesTheWayFromUnlabelledToLabelled() {
        INDArray unlabelled = Nd4j.createFromArray(1f, 2f);
        INDArray labelled = Nd4j.createFromArray(2f, 0f);

        INDArray guided = new Guidance(3).combine(unlabelled, labelled);

        assertArrayEquals(new float[] {4, -4}, guided.toFloatVector());
        assertArrayEquals(new float[] {1, 2}, unlabelled.toFloatVector());
        assertArrayEquals(new float[] {2, 0}, labelled.toFloatVector());
    }

    @Test
    void aScaleOfOneNeedsNoUnlabelledPrediction() {
        assertFalse(new Guidance(1).needsUnlabelled());
        assertTrue(new Guidance(0).needsUnlabelled());
        assertTrue(new Guidance(1.5).needsUnlabelled());
    }

    @Test
    void refusesAScaleThatIsNoNumber() {
        assertThrows(IllegalArgumentException.class, () -> new Guidance(Double.NaN));
    }
}
