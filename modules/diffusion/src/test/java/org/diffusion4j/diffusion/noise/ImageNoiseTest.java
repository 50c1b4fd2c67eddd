package org.diffusion4j.diffusion.noise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

class ImageNoiseTest {
    @Test
    void anImageIsTheSameInABatchOfOneAndOfFive() {
        ImageNoise five = new ImageNoise(40, 5);
        ImageNoise one = new ImageNoise(43, 1);

        for (int draw = 0; draw < 3; draw++) {
            // 1·5·5 is no multiple of the generator's block.
            INDArray batch = five.next(1, 5, 5);
            assertArrayEquals(new long[] {5, 1, 5, 5}, batch.shape());
            assertEquals(batch.slice(3), one.next(1, 5, 5).slice(0));
        }
    }

    @Test
    void drawsWhatTheImagesGeneratorDraws() {
        TorchGenerator generator = new TorchGenerator(8);
        ImageNoise noise = new ImageNoise(7, 2);

        assertEquals(generator.randn(3, 4, 4), noise.next(3, 4, 4).slice(1));
        assertEquals(generator.randn(3, 4, 4), noise.next(3, 4, 4).slice(1));
    }

    @Test
    void refusesABatchOfNone() {
        assertThrows(IllegalArgumentException.class, () -> new ImageNoise(0, 0));
    }
}
