package org.diffusion4j.diffusion.schedule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.diffusion4j.diffusion.noise.TorchGenerator;
import org.diffusion4j.diffusion.sampler.DdimConfig;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

class NoiseScheduleTest {
    private static final DdpmConfig TWO_BETAS = new DdpmConfig()
            .with()
            .numTrainTimesteps(2)
            .trainedBetas(List.of(0.5, 0.75))
            .build();

    @Test
    void alphasCumprodIsTheProductOfOneMinusBeta() {
        NoiseSchedule schedule = new NoiseSchedule(TWO_BETAS);

        assertArrayEquals(new float[] {0.5f, 0.125f}, schedule.alphasCumprod());
        assertArrayEquals(new double[] {1, (float) Math.sqrt(7)}, schedule.sigmas());
        assertEquals(1.0 / 7, schedule.snr(1), 1e-12);
    }

    @Test
    void theTablesOfTheDefaultsArePyTorchs() {
        float[] alphasCumprod = new NoiseSchedule(new DdpmConfig()).alphasCumprod();

        assertEquals(0.9999f, alphasCumprod[0]);
        assertEquals(4.035830e-5f, alphasCumprod[999], 1e-11f);
    }

    @Test
    void cosineBetasAreCapped() {
        float[] betas = new NoiseSchedule(new DdimConfig()
                        .with()
                        .betaSchedule(BetaSchedule.SQUAREDCOS_CAP_V2)
                        .build())
                .betas();

        assertEquals(0.999f, betas[999]);
        assertEquals(4.1285e-5f, betas[0], 1e-8f);
    }

    @Test
    void zeroSnrEndsInNoiseAloneAndKeepsTheFirstTimestep() {
        NoiseSchedule plain = new NoiseSchedule(new DdpmConfig());
        NoiseSchedule rescaled = new NoiseSchedule(
                new DdpmConfig().with().rescaleBetasZeroSnr(true).build());

        assertEquals(0, rescaled.alphaCumprod(999));
        assertEquals(1, rescaled.betas()[999]);
        assertEquals(plain.alphaCumprod(0), rescaled.alphaCumprod(0), 1e-6f);
    }

    @Test
    void everyImageGetsTheNoiseOfItsOwnTimestep() {
        NoiseSchedule schedule = new NoiseSchedule(TWO_BETAS);
        TorchGenerator generator = new TorchGenerator(0);
        INDArray sample = generator.randn(2, 3, 4, 4);
        INDArray noise = generator.randn(2, 3, 4, 4);
        INDArray sampleBefore = sample.dup();
        INDArray noiseBefore = noise.dup();

        INDArray noisy = schedule.addNoise(sample, noise, 1, 0);
        INDArray velocity = schedule.velocity(sample, noise, 1, 0);

        for (int image = 0; image < 2; image++) {
            double signal = Math.sqrt(schedule.alphaCumprod(1 - image));
            double spread = Math.sqrt(1 - schedule.alphaCumprod(1 - image));
            double x = sample.getDouble(image, 2, 1, 3);
            double epsilon = noise.getDouble(image, 2, 1, 3);
            assertEquals(signal * x + spread * epsilon, noisy.getDouble(image, 2, 1, 3), 1e-6);
            assertEquals(signal * epsilon - spread * x, velocity.getDouble(image, 2, 1, 3), 1e-6);
        }
        assertEquals(sampleBefore, sample);
        assertEquals(noiseBefore, noise);
    }

    @Test
    void readsViewsByTheirIndices() {
        NoiseSchedule schedule = new NoiseSchedule(TWO_BETAS);
        INDArray sample = new TorchGenerator(0).randn(3, 2, 4, 4);
        INDArray noise = new TorchGenerator(1).randn(3, 2, 4, 4);

        assertEquals(
                schedule.addNoise(sample, noise, 0, 1, 0),
                schedule.addNoise(
                        sample.dup('f'), noise.permute(0, 1, 3, 2).dup('c').permute(0, 1, 3, 2), 0, 1, 0));
    }

    @Test
    void refusesTimestepsThatDoNotFit() {
        NoiseSchedule schedule = new NoiseSchedule(TWO_BETAS);
        INDArray images = new TorchGenerator(0).randn(2, 1, 2, 2);

        assertEquals(
                "timestep: expected 0 to 1, found 2",
                assertThrows(IllegalArgumentException.class, () -> schedule.addNoise(images, images, 0, 2))
                        .getMessage());
        assertEquals(
                "timesteps: expected 2, one per image, found 1",
                assertThrows(IllegalArgumentException.class, () -> schedule.velocity(images, images, 0))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> schedule.addNoise(images, images.reshape(2, 1, 4, 1), 0, 0));
    }
}
