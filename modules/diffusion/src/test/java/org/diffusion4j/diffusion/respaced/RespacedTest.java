package org.diffusion4j.diffusion.respaced;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.diffusion4j.diffusion.sampler.WalkState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class RespacedTest {
    private static final RespacedProcess TEN = new RespacedProcess(new DiffusionOptions(), Respacing.of(10));

    @Test
    void sectionsGetTheirOwnSteps() {
        assertArrayEquals(new int[] {0, 2, 3, 4, 6}, Respacing.parse("3, 2").timesteps(7));
        assertEquals("3,2", Respacing.parse("3, 2").toString());
    }

    @Test
    void everyNthTimestepIsVisited() {
        assertArrayEquals(new int[] {0, 250, 500, 750}, Respacing.parse("ddim4").timesteps(1000));
        assertThrows(
                IllegalArgumentException.class, () -> Respacing.parse("ddim999").timesteps(1000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ddim", "-3", "1.5", "3,", "ddim3,4", "1001", "0", "99999999999"})
    void otherTextsAreRefused(String text) {
        assertThrows(
                IllegalArgumentException.class,
                () -> new RespacedProcess(new DiffusionOptions(), Respacing.parse(text)));
    }

    @Test
    void timestepsAreRescaledToAThousand() {
        DiffusionOptions options = new DiffusionOptions(4000, GuidedNoise.COSINE, false, true);
        RespacedProcess process = new RespacedProcess(options, Respacing.of(2));
        assertEquals(3999 * 0.25, process.modelTimestep(1));
    }

    @Test
    void lastStepGivesTheCleanSampleAndDrawsNothing() {
        INDArray sample =
                Nd4j.createFromArray(new float[] {0.3f, -0.2f, 2, 0.1f}).reshape(1, 1, 2, 2);
        INDArray output = Nd4j.zeros(1, 2, 2, 2);
        for (RespacedSampler sampler : List.of(
                new RespacedDdpm(TEN, new StepOutput(true, false), true),
                new RespacedDdim(TEN, new StepOutput(true, false), true, 1))) {
            assertFalse(sampler.drawsNoise(9));
            assertTrue(sampler.drawsNoise(8));
            WalkState end = sampler.advance(new WalkState(0, 9, sample, null, List.of()), output, null);
            assertTrue(end.denoised().equalsWithEps(end.sample(), 1e-6), sampler.toString());
        }
    }

    @Test
    void outputOfOtherChannelsIsRefused() {
        RespacedDdpm sampler = new RespacedDdpm(TEN, new StepOutput(true, true), true);
        INDArray sample = Nd4j.zeros(1, 3, 2, 2);
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> sampler.distribution(0, sample, Nd4j.zeros(1, 6, 2, 2)));
        assertTrue(refused.getMessage().contains("expected 9 channels"), refused.getMessage());
    }
}
