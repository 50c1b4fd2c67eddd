package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class AdamWTest {
    private static FlatParameters parameters(long length) {
        SameDiff graph = SameDiff.create();
        graph.var("weight", Nd4j.ones(DataType.FLOAT, length));
        return new FlatParameters(graph);
    }

    private static AdamW optimiser(FlatParameters parameters) {
        return new AdamW(parameters, AdamW.Settings.DEFAULT, false, 2);
    }

    /** Its threads write into their memory, which would be freed with them. */
    @Test
    void keepsTheParametersAsLongAsItLives() {
        FlatParameters parameters = parameters(100);
        WeakReference<FlatParameters> reference = new WeakReference<>(parameters);
        AdamW optimiser = optimiser(parameters);
        parameters = null;
        try {
            for (int i = 0; i < 5; i++) {
                System.gc();
            }
            assertNotNull(reference.get());
        } finally {
            Reference.reachabilityFence(optimiser);
        }
        optimiser.close();
    }

    @Test
    void anInterruptedCallerFindsNothingRunning() {
        FlatParameters parameters = parameters(20_000_000);
        parameters.gradients().assign(1);
        try (AdamW optimiser = optimiser(parameters)) {
            Thread.currentThread().interrupt();
            try {
                String message = assertThrows(IllegalStateException.class, () -> optimiser.step(0.1, 1, 0))
                        .getMessage();
                assertFalse(Running.inside("diffusion4j-optimiser", "org.diffusion4j.engine.AdamW"));
                assertEquals("interrupted while the optimiser ran", message);
                assertTrue(Thread.currentThread().isInterrupted());
            } finally {
                Thread.interrupted();
            }
            assertEquals(0, optimiser.gradientNorm());
        }
    }

    @Test
    void closingTwiceIsClosingOnceAndNoStepIsTakenAfterwards() {
        AdamW optimiser = optimiser(parameters(100));
        optimiser.close();
        optimiser.close();
        assertEquals(
                "the optimiser is closed",
                assertThrows(IllegalStateException.class, optimiser::gradientNorm)
                        .getMessage());
    }
}
