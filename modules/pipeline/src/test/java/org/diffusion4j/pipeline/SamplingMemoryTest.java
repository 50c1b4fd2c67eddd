package org.diffusion4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetPreset;
import org.junit.jupiter.api.Test;

class SamplingMemoryTest {
    private static final UNetConfig CONFIG = UNetPreset.CIFAR10.config();
    private static final SamplingMemory LAPTOP = new SamplingMemory(16L << 30, 4L << 30);

    @Test
    void anOrdinaryRequestGoesTwentyAtOnce() {
        assertEquals(20, LAPTOP.batch(CONFIG, SampleSize.square(32), 1000, true));
        assertEquals(20, LAPTOP.batch(UNetPreset.SMALL.config(), SampleSize.square(28), 100_000, true));
    }

    @Test
    void largePicturesGoFewerAtOnce() {
        int batch = LAPTOP.batch(CONFIG, SampleSize.square(128), 10, true);
        assertTrue(batch >= 1 && batch < 20, "at once: " + batch);
    }

    @Test
    void aPictureThatNoMemoryHoldsIsNamed() {
        String message = assertThrows(
                        Diffusion4jException.class, () -> LAPTOP.batch(CONFIG, new SampleSize(16384, 8192), 1, false))
                .getMessage();
        assertTrue(
                message.startsWith("memory: expected at most 17.2 GB, found that a picture of 8192x16384 takes"),
                message);
    }

    @Test
    void picturesThatCannotBeHeldAreNamedWithHowManyCan() {
        String message = assertThrows(
                        Diffusion4jException.class,
                        () -> LAPTOP.batch(UNetPreset.TINY.config(), SampleSize.square(256), 1_000_000, false))
                .getMessage();
        assertEquals("images: expected at most 10866 of 256x256, which memory holds, found 1000000", message);
    }

    @Test
    void moreImagesThanAnyoneDrawsAreRefusedBeforeTheirLabelsAreListed() {
        for (int images : new int[] {1_000_001, Integer.MAX_VALUE}) {
            String message = assertThrows(IllegalArgumentException.class, () -> SampleRequest.images(images)
                            .build())
                    .getMessage();
            assertEquals("images: expected at most 1000000, found " + images, message);
        }
    }
}
