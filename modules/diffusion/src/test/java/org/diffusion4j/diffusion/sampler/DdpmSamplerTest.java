package org.diffusion4j.diffusion.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.noise.TorchGenerator;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.diffusion4j.diffusion.schedule.VarianceType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DdpmSamplerTest {
    private static final DdpmConfig DDPM = new DdpmConfig();

    private final TorchGenerator generator = new TorchGenerator(0);
    private final INDArray sample = generator.randn(2, 3, 4, 4);
    private final INDArray noise = generator.randn(2, 3, 4, 4);

    @ParameterizedTest
    @EnumSource
    void aStepLeavesItsInputsAlone(VarianceType varianceType) {
        SingleSteps sampler = ddpm(DDPM.with().varianceType(varianceType).build(), 10);
        INDArray output = generator
                .randn(2, varianceType.isLearned() ? 6 : 3, 4, 4)
                .muli(0.3)
                .addi(0.5);
        INDArray[] inputs = {output, sample, noise};
        INDArray[] before = {output.dup(), sample.dup(), noise.dup()};

        WalkState step = sampler.step(output, 4, sample, noise);
        step.sample().assign(0);
        step.denoised().assign(0);

        assertArrayEquals(before, inputs);
    }

    @Test
    void aStepIsThePosteriorOfTheForwardProcess() {
        DdpmConfig config = DDPM.with().clipSample(false).build();
        NoiseSchedule schedule = new NoiseSchedule(config);
        INDArray epsilon = generator.randn(2, 3, 4, 4);
        double beta = schedule.betas()[500];
        double alphaProd = schedule.alphaCumprod(500);
        double alphaProdPrev = schedule.alphaCumprod(499);

        INDArray prevSample = every(config).step(epsilon, 499, sample, noise).sample();

        // Ho et al., algorithm 2, which goes without the clean sample.
        double expected =
                (sample.getDouble(1, 2, 3, 0) - beta / Math.sqrt(1 - alphaProd) * epsilon.getDouble(1, 2, 3, 0))
                                / Math.sqrt(1 - beta)
                        + Math.sqrt((1 - alphaProdPrev) / (1 - alphaProd) * beta) * noise.getDouble(1, 2, 3, 0);
        assertEquals(expected, prevSample.getDouble(1, 2, 3, 0), 1e-5);
    }

    @Test
    void learnedRangeReachesFromTheSmallVarianceToTheLarge() {
        INDArray mean = generator.randn(2, 3, 4, 4);
        SingleSteps learned = sampler(VarianceType.LEARNED_RANGE);

        INDArray small = learned.step(Nd4j.concat(1, mean, Nd4j.ones(2, 3, 4, 4).negi()), 3, sample, noise)
                .sample();
        INDArray large = learned.step(Nd4j.concat(1, mean, Nd4j.ones(2, 3, 4, 4)), 3, sample, noise)
                .sample();

        assertClose(
                sampler(VarianceType.FIXED_SMALL).step(mean, 3, sample, noise).sample(), small);
        assertClose(
                sampler(VarianceType.FIXED_LARGE).step(mean, 3, sample, noise).sample(), large);
    }

    @Test
    void thresholdingDividesAnImageByItsOwnQuantile() {
        DdpmConfig config = DDPM.with()
                .predictionType(Prediction.SAMPLE)
                .thresholding(true)
                .dynamicThresholdingRatio(0.5)
                .sampleMaxValue(3)
                .build();
        INDArray denoised = Nd4j.create(
                new float[] {-4, 1, 2, 3, 0.1f, -0.2f, 0.3f, 0.4f, -9, 9, 9, 9}, new long[] {3, 1, 2, 2}, 'c');

        INDArray thresholded =
                ddpm(config, 10).step(denoised, 9, denoised, null).denoised();

        // Medians of absolutes: 2.5; 0.25, raised to 1; 9, lowered to 3.
        assertArrayEquals(
                new float[] {-1, 0.4f, 0.8f, 1, 0.1f, -0.2f, 0.3f, 0.4f, -1, 1, 1, 1},
                thresholded.data().asFloat(),
                1e-6f);
    }

    @Test
    void noiseComesWithEveryStepButTimestepZero() {
        assertFalse(ddpm(DDPM, 10).drawsNoise(9));
        assertTrue(ddpm(DDPM, 10).drawsNoise(8));
        assertTrue(ddpm(DDPM, List.of(999.0, 500.0, 20.0)).drawsNoise(2));
        assertTrue(trailing(10).drawsNoise(9));
        assertThrows(IndexOutOfBoundsException.class, () -> ddpm(DDPM, 10).drawsNoise(10));
    }

    @Test
    void theExtraStepOfATrailingWalkRunsWithoutNoise() {
        SingleSteps sampler = trailing(61);

        assertEquals(62, sampler.timesteps().length);
        assertFalse(sampler.drawsNoise(61));
        INDArray prevSample = sampler.step(noise, 61, sample, null).sample();
        assertTrue(prevSample.amaxNumber().doubleValue() <= 1);
    }

    @Test
    void withoutANumberOfStepsEveryTrainingTimestepIsVisited() {
        DdpmConfig config = DDPM.with().numTrainTimesteps(3).build();

        assertArrayEquals(new double[] {2, 1, 0}, every(config).timesteps());
        assertEquals(1, every(config).initNoiseSigma());
    }

    @Test
    void refusesWalksThatDiffusersRefuses() {
        assertRefused("num_inference_steps: expected at least 1, found 0", () -> ddpm(DDPM, 0));
        assertRefused(
                "num_inference_steps: expected 1 to 1000 (num_train_timesteps), found 1001", () -> ddpm(DDPM, 1001));
        assertRefused(
                "timesteps: expected descending order, found 7 after 7", () -> ddpm(DDPM, List.of(9.0, 7.0, 7.0)));
        assertRefused(
                "timesteps: expected a start below 1000 (num_train_timesteps), found 1000",
                () -> ddpm(DDPM, List.of(1000.0, 7.0)));
        assertRefused("timesteps: expected none below 0, found -1", () -> ddpm(DDPM, List.of(5.0, -1.0)));
        assertRefused("timesteps: expected at least one, found none", () -> ddpm(DDPM, List.of()));
        assertRefused(
                "steps_offset: expected at most 0 with 1000 leading steps of 1000 (num_train_timesteps), found 1",
                () -> ddpm(DDPM.with().stepsOffset(1).build(), 1000));
    }

    @Test
    void refusesArraysOfAnotherShape() {
        SingleSteps sampler = ddpm(DDPM, 10);

        assertRefused(
                "model output: expected [2, 3, 4, 4], found [2, 6, 4, 4]",
                () -> sampler.step(generator.randn(2, 6, 4, 4), 0, sample, noise));
        assertRefused("noise: expected [2, 3, 4, 4], found none", () -> sampler.step(noise, 0, sample, null));
        assertRefused(
                "model output: expected 6 channels, the second half for the learned variance, found 3",
                () -> sampler(VarianceType.LEARNED).step(noise, 0, sample, noise));
    }

    private static SingleSteps ddpm(DdpmConfig config, int steps) {
        return new SingleSteps(config.sampler(steps));
    }

    private static SingleSteps ddpm(DdpmConfig config, List<Double> timesteps) {
        return new SingleSteps(config.sampler(Steps.ofTimesteps(timesteps)));
    }

    private static SingleSteps every(DdpmConfig config) {
        return ddpm(config, config.numTrainTimesteps());
    }

    private static SingleSteps sampler(VarianceType varianceType) {
        return ddpm(DDPM.with().varianceType(varianceType).build(), 10);
    }

    private static SingleSteps trailing(int steps) {
        return ddpm(DDPM.with().timestepSpacing(TimestepSpacing.TRAILING).build(), steps);
    }

    private static void assertRefused(String message, Executable use) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, use).getMessage());
    }

    private static void assertClose(INDArray expected, INDArray actual) {
        assertArrayEquals(expected.data().asFloat(), actual.data().asFloat(), 1e-5f);
    }
}
