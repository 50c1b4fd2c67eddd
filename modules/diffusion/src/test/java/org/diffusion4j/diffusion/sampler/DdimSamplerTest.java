package org.diffusion4j.diffusion.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.noise.TorchGenerator;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class DdimSamplerTest {
    private static final DdimConfig DDIM = new DdimConfig();
    private static final DdimConfig UNCLIPPED = DDIM.with().clipSample(false).build();

    private final TorchGenerator generator = new TorchGenerator(0);
    private final INDArray sample = generator.randn(2, 3, 4, 4);
    private final INDArray output = generator.randn(2, 3, 4, 4);
    private final INDArray noise = generator.randn(2, 3, 4, 4);

    @ParameterizedTest
    @EnumSource
    void aStepLeavesItsInputsAlone(Prediction prediction) {
        SingleSteps sampler = ddim(DDIM.with().predictionType(prediction).build(), 10, 1, false);
        INDArray[] inputs = {output, sample, noise};
        INDArray[] before = {output.dup(), sample.dup(), noise.dup()};

        WalkState step = sampler.step(output, 4, sample, noise);
        step.sample().assign(0);
        step.denoised().assign(0);

        assertArrayEquals(before, inputs);
    }

    @Test
    void withTheTrueNoiseAWalkEndsAtTheCleanSample() {
        INDArray clean = sample.div(5);
        SingleSteps sampler = ddim(DDIM, 10);
        INDArray x = new NoiseSchedule(DDIM).addNoise(clean, noise, 900, 900);

        for (int i = 0; i < 10; i++) {
            x = sampler.step(noise, i, x, null).sample();
        }

        assertArrayEquals(clean.data().asFloat(), x.data().asFloat(), 1e-4f);
    }

    @Test
    void atEtaOneAStepIsAStepOfDdpm() {
        INDArray ddim =
                ddim(UNCLIPPED, 10, 1, false).step(output, 3, sample, noise).sample();
        INDArray ddpm = new SingleSteps(SchedulerKind.DDPM.of(UNCLIPPED.toMap()).sampler(10))
                .step(output, 3, sample, noise)
                .sample();

        assertArrayEquals(ddpm.data().asFloat(), ddim.data().asFloat(), 1e-4f);
    }

    @Test
    void theClippedModelOutputMattersWhereSomethingIsClipped() {
        assertEquals(
                ddim(UNCLIPPED, 10).step(output, 8, sample, null).sample(),
                ddim(UNCLIPPED, 10, 0, true).step(output, 8, sample, null).sample());

        INDArray raw = ddim(DDIM, 10).step(output, 0, sample, null).sample();
        INDArray clipped = ddim(DDIM, 10, 0, true).step(output, 0, sample, null).sample();
        assertTrue(raw.distance2(clipped) > 1);
    }

    @Test
    void theLastStepGoesToTimestepZeroIfAlphaIsNotSetToOne() {
        INDArray toOne = ddim(UNCLIPPED, 10).step(output, 9, sample, null).sample();
        DdimConfig notToOne = UNCLIPPED.with().setAlphaToOne(false).build();

        WalkState stays = ddim(notToOne, 10).step(output, 9, sample, null);

        assertEquals(stays.denoised(), toOne);
        assertArrayEquals(sample.data().asFloat(), stays.sample().data().asFloat(), 1e-5f);
    }

    @Test
    void withZeroSnrAndEtaOneTheFirstStepIsStillANumber() {
        DdimConfig config = DDIM.with()
                .rescaleBetasZeroSnr(true)
                .timestepSpacing(TimestepSpacing.TRAILING)
                .predictionType(Prediction.V_PREDICTION)
                .build();

        for (int steps = 1; steps <= 50; steps++) {
            INDArray prevSample =
                    ddim(config, steps, 1, false).step(output, 0, sample, noise).sample();
            assertTrue(Double.isFinite(prevSample.sumNumber().doubleValue()), "steps " + steps);
        }
    }

    @Test
    void noiseComesWithEveryStepAboveEtaZero() {
        assertFalse(ddim(DDIM, 10).drawsNoise(0));
        assertTrue(ddim(DDIM, 10, 0.1, false).drawsNoise(9));
    }

    @Test
    void refusesWhatDiffusersRefuses() {
        assertRefused("num_inference_steps: expected at least 1, found 0", () -> ddim(DDIM, 0));
        assertRefused(
                "steps_offset: expected at most 99 with 10 leading steps of 1000 (num_train_timesteps), found 100",
                () -> ddim(DDIM.with().stepsOffset(100).build(), 10));
        assertRefused("eta: expected a number in [0, 1], found 1.5", () -> ddim(DDIM, 10, 1.5, false));
        assertRefused("model output: expected [2, 3, 4, 4], found [2, 6, 4, 4]", () -> ddim(DDIM, 10)
                .step(generator.randn(2, 6, 4, 4), 0, sample, null));
    }

    private static SingleSteps ddim(DdimConfig config, int steps) {
        return ddim(config, steps, 0, false);
    }

    private static SingleSteps ddim(DdimConfig config, int steps, double eta, boolean useClippedModelOutput) {
        return new SingleSteps(config.with()
                .eta(eta)
                .useClippedModelOutput(useClippedModelOutput)
                .build()
                .sampler(steps));
    }

    private static void assertRefused(String message, Executable use) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, use).getMessage());
    }
}
