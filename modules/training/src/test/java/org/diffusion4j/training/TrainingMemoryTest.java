package org.diffusion4j.training;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.graph.UNetPreset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingMemoryTest {
    /** Measured with {@code bench --train --precision fp32}, which draws no pictures and writes no checkpoints. */
    @ParameterizedTest
    @CsvSource({"SMALL, 16, 499", "SMALL, 128, 1100", "CIFAR10, 8, 1318", "CIFAR10, 16, 1521"})
    void isNoLessThanWhatWasMeasuredAndNotTwiceAsMuch(UNetPreset preset, int batch, long measured) {
        long megabytes = TrainingMemory.of(preset.config(), EngineKind.ONEDNN).bytes(batch) >> 20;
        assertTrue(megabytes >= 0.95 * measured && megabytes <= 1.6 * measured, () -> megabytes + " MB");
    }

    @Test
    void aBatchThatFitsIsProposed() {
        TrainingMemory memory = new TrainingMemory(100, 10);
        TrainingPlan.Builder plan = TrainingPlan.builder().batchSize(40).accumulation(2);
        assertDoesNotThrow(() -> memory.check(plan.build(), 500));
        Diffusion4jException e = assertThrows(Diffusion4jException.class, () -> memory.check(plan.build(), 350));
        // 25 fit; 80 images a step take 4 batches, of 20 each.
        assertTrue(e.getMessage().contains("--batch 20 --accumulation 4 "), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
        Diffusion4jException none = assertThrows(Diffusion4jException.class, () -> memory.check(plan.build(), 105));
        assertTrue(none.getMessage().contains("not even one image"), none.getMessage());
    }
}
