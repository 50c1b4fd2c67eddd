package org.diffusion4j.diffusion.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.noise.TorchGenerator;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.diffusion4j.diffusion.schedule.SchedulerConfig;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class DdimSamplerTest {
    private static final SchedulerConfig DDIM = SchedulerConfig.ddim();
    private static final SchedulerConfig UNCLIPPED =
            DDIM.change().clipSample(false).build();

    private final TorchGenerator generator = new TorchGenerator(0);
    private final INDArray sample = generator.randn(2, 3, 4, 4);
    private final INDArray output = generator.randn(2, 3, 4, 4);
    private final INDArray noise = generator.randn(2, 3, 4, 4);

    @ParameterizedTest
    @EnumSource
    void aStepLeavesItsInputsAlone(Prediction prediction) {
        Sampler sampler =
                new DdimSampler(DDIM.change().predictionType(prediction).build(), 10, 1, false);
        INDArray[] inputs = {output, sample, noise};
        INDArray[] before = {output.dup(), sample.dup(), noise.dup()};

        Sampler.Step step = sampler.step(output, 4, sample, noise);
        step.prevSample().assign(0);
        step.predOriginalSample().assign(0);

        assertArrayEquals(before, inputs);
    }

    @Test
    void withTheTrueNoiseAWalkEndsAtTheCleanSample() {
        INDArray clean = sample.div(5);
        Sampler sampler = new DdimSampler(DDIM, 10);
        INDArray x = new NoiseSchedule(DDIM).addNoise(clean, noise, 900, 900);

        for (int i = 0; i < 10; i++) {
            x = sampler.step(noise, i, x, null).prevSample();
        }

        assertArrayEquals(clean.data().asFloat(), x.data().asFloat(), 1e-4f);
    }

    @Test
    void atEtaOneAStepIsAStepOfDdpm() {
        INDArray ddim = new DdimSampler(UNCLIPPED, 10, 1, false)
                .step(output, 3, sample, noise)
                .prevSample();
        INDArray ddpm = new DdpmSampler(UNCLIPPED.toDdpm(), 10)
                .step(output, 3, sample, noise)
                .prevSample();

        assertArrayEquals(ddpm.data().asFloat(), ddim.data().asFloat(), 1e-4f);
    }

    @Test
    void theClippedModelOutputMattersWhereSomethingIsClipped() {
        assertEquals(
                new DdimSampler(UNCLIPPED, 10).step(output, 8, sample, null).prevSample(),
                new DdimSampler(UNCLIPPED, 10, 0, true)
                        .step(output, 8, sample, null)
                        .prevSample());

        INDArray raw = new DdimSampler(DDIM, 10).step(output, 0, sample, null).prevSample();
        INDArray clipped =
                new DdimSampler(DDIM, 10, 0, true).step(output, 0, sample, null).prevSample();
        assertTrue(raw.distance2(clipped) > 1);
    }

    @Test
    void theLastStepGoesToTimestepZeroIfAlphaIsNotSetToOne() {
        INDArray toOne =
                new DdimSampler(UNCLIPPED, 10).step(output, 9, sample, null).prevSample();
        SchedulerConfig notToOne = UNCLIPPED.change().setAlphaToOne(false).build();

        Sampler.Step stays = new DdimSampler(notToOne, 10).step(output, 9, sample, null);

        assertEquals(stays.predOriginalSample(), toOne);
        assertArrayEquals(sample.data().asFloat(), stays.prevSample().data().asFloat(), 1e-5f);
    }

    @Test
    void withZeroSnrAndEtaOneTheFirstStepIsStillANumber() {
        SchedulerConfig config = DDIM.change()
                .rescaleBetasZeroSnr(true)
                .timestepSpacing(TimestepSpacing.TRAILING)
                .predictionType(Prediction.V_PREDICTION)
                .build();

        for (int steps = 1; steps <= 50; steps++) {
            INDArray prevSample = new DdimSampler(config, steps, 1, false)
                    .step(output, 0, sample, noise)
                    .prevSample();
            assertTrue(Double.isFinite(prevSample.sumNumber().doubleValue()), "steps " + steps);
        }
    }

    @Test
    void noiseComesWithEveryStepAboveEtaZero() {
        assertFalse(new DdimSampler(DDIM, 10).drawsNoise(0));
        assertTrue(new DdimSampler(DDIM, 10, 0.1, false).drawsNoise(9));
    }

    @Test
    void refusesWhatDiffusersRefuses() {
        assertRefused(
                "num_inference_steps: expected 1 to 1000 (num_train_timesteps), found 0",
                () -> new DdimSampler(DDIM, 0));
        assertRefused(
                "steps_offset: expected at most 99 with 10 leading steps of 1000 (num_train_timesteps), found 100",
                () -> new DdimSampler(DDIM.change().stepsOffset(100).build(), 10));
        assertRefused("eta: expected a number in [0, 1], found 1.5", () -> new DdimSampler(DDIM, 10, 1.5, false));
        assertRefused(
                "_class_name: expected DDIMScheduler, found DDPMScheduler",
                () -> new DdimSampler(SchedulerConfig.ddpm(), 10));
        assertRefused("model output: expected [2, 3, 4, 4], found [2, 6, 4, 4]", () -> new DdimSampler(DDIM, 10)
                .step(generator.randn(2, 6, 4, 4), 0, sample, null));
    }

    private static void assertRefused(String message, Executable use) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, use).getMessage());
    }
}
