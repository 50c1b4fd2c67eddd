package org.diffusion4j.training;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.graph.UNetShape;
import org.diffusion4j.training.run.RunOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingMemoryTest {
    /** Measured with {@code bench --train --precision fp32}, which draws no pictures and writes no checkpoints. */
    @ParameterizedTest
    @CsvSource({"SMALL, 16, 499", "SMALL, 128, 1100", "CIFAR10, 8, 1318", "CIFAR10, 16, 1521"})
    void isNoLessThanWhatWasMeasuredAndNotTwiceAsMuch(UNetPreset preset, int batch, long measured) {
        long megabytes =
                TrainingMemory.of(preset.config(), EngineKind.ONEDNN, false).bytes(batch) >> 20;
        assertTrue(megabytes >= 0.95 * measured && megabytes <= 1.6 * measured, () -> megabytes + " MB");
    }

    @Test
    void aBatchThatFitsIsProposed() {
        TrainingMemory memory = new TrainingMemory(100, 10, 0);
        TrainingPlan.Builder plan = TrainingPlan.builder().batchSize(40).accumulation(2);
        assertDoesNotThrow(() -> memory.check(plan.build(), 500));
        Diffusion4jException e = assertThrows(Diffusion4jException.class, () -> memory.check(plan.build(), 350));
        // 25 fit; 80 images per step take 4 batches, of 20 each.
        assertTrue(e.getMessage().contains("--batch 20 --accumulation 4 "), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
        Diffusion4jException none = assertThrows(Diffusion4jException.class, () -> memory.check(plan.build(), 105));
        assertTrue(none.getMessage().contains("not even one image"), none.getMessage());
    }

    @Test
    void theLargestNumbersAreRefusedAndNotOverflown() {
        UNetConfig large = new UNetShape(Collections.nCopies(15, 1 << 16), List.of(16384), 16, 32)
                .config(SampleSize.square(16384), 3);
        Diffusion4jException network = assertThrows(Diffusion4jException.class, () -> StartingModel.checkMemory(large));
        assertTrue(network.getMessage().contains("narrower or fewer layers"), network.getMessage());
        UNetConfig wide = new UNetShape(List.of(1 << 16), List.of(16384), 1, 32).config(SampleSize.square(16384), 3);
        TrainingPlan most = TrainingPlan.builder()
                .steps(TrainingPlan.MOST_STEPS)
                .batchSize(TrainingPlan.MOST_IMAGES)
                .accumulation(TrainingPlan.MOST_IMAGES)
                .build();
        for (UNetConfig config : List.of(wide, UNetPreset.CIFAR10.config())) {
            Diffusion4jException batch =
                    assertThrows(Diffusion4jException.class, () -> TrainingMemory.of(config, EngineKind.AUTO, false)
                            .check(most, 1L << 37));
            assertTrue(batch.getMessage().length() < 500, batch.getMessage());
        }
    }

    @Test
    void numbersBeyondTheirRangeAreRefusedByTheirNames() {
        for (IllegalArgumentException e : List.of(
                assertThrows(
                        IllegalArgumentException.class,
                        () -> TrainingPlan.builder().steps(1L << 62).build()),
                assertThrows(IllegalArgumentException.class, () -> TrainingPlan.builder()
                        .batchSize(Integer.MAX_VALUE)
                        .build()),
                assertThrows(IllegalArgumentException.class, () -> TrainingPlan.builder()
                        .accumulation(Integer.MAX_VALUE)
                        .build()),
                assertThrows(
                        IllegalArgumentException.class,
                        () -> RunOptions.builder().threads(20_000).build()),
                assertThrows(IllegalArgumentException.class, () -> RunOptions.builder()
                        .sampleImages(Integer.MAX_VALUE)
                        .build()))) {
            assertTrue(e.getMessage().contains(": expected at most "), e.getMessage());
        }
    }

    @Test
    void eachPartialSumOfAStepOfManyBatchesCounts() {
        TrainingMemory memory = new TrainingMemory(100, 10, 20);
        // 8 batches have at most 3 partial sums beside the gradient itself: of 4, of 2 and of 1.
        TrainingPlan plan = TrainingPlan.builder().batchSize(4).accumulation(8).build();
        assertDoesNotThrow(() -> memory.check(plan, 100 + 4 * 10 + 3 * 20));
        assertThrows(Diffusion4jException.class, () -> memory.check(plan, 100 + 4 * 10 + 3 * 20 - 1));
        TrainingPlan alone = TrainingPlan.builder().batchSize(4).accumulation(1).build();
        assertDoesNotThrow(() -> memory.check(alone, 100 + 4 * 10));
    }
}
