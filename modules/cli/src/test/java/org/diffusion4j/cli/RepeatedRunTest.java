package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RepeatedRunTest {
    @Test
    void theMedianIsTheMiddleOne() {
        assertEquals(2, RepeatedRun.median(100, 1, 2));
        assertEquals(2.5, RepeatedRun.median(3, 100, 1, 2));
    }

    @Test
    void runsOftenEnoughToWarmUpAndToCount() {
        AtomicInteger runs = new AtomicInteger();
        double millis = RepeatedRun.medianMillis(
                () -> {
                    runs.incrementAndGet();
                    long end = System.nanoTime() + 200_000_000;
                    while (System.nanoTime() < end) {
                        Thread.onSpinWait();
                    }
                },
                0);
        assertTrue(millis >= 200, "found " + millis);
        assertEquals(3 + 15, runs.get());
    }
}
