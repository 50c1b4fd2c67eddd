package org.diffusion4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.UnaryOperator;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.Guidance;
import org.diffusion4j.diffusion.noise.ImageNoise;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.diffusion.sampler.Walk;
import org.diffusion4j.engine.NoisePredictor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

class DenoisingTest {
    private static final int STEPS = 5;
    /** No picture's: the loop doesn't ask what a sample is. */
    private static final long[] SHAPE = {4, 3, 2};

    private static final Denoising.Listener NOBODY = (step, output, samples) -> {};

    /** Keeps all that goes in and comes out. */
    private static final class Network implements NoisePredictor {
        private final UnaryOperator<INDArray> function;
        private final List<INDArray> arrays = new ArrayList<>();
        private final List<long[]> shapes = new ArrayList<>();
        private final List<double[]> times = new ArrayList<>();
        private final List<Map<String, INDArray>> conditionings = new ArrayList<>();

        Network(UnaryOperator<INDArray> function) {
            this.function = function;
        }

        @Override
        public INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
            INDArray output = function.apply(sample);
            arrays.addAll(List.of(sample, timestep, output));
            shapes.add(sample.shape());
            times.add(timestep.toDoubleVector());
            conditionings.add(conditioning);
            return output;
        }

        @Override
        public void close() {
            throw new AssertionError("the network is the caller's");
        }
    }

    /** Not linear, so that every step's history counts. */
    private static INDArray curved(INDArray sample) {
        return Transforms.tanh(sample.mul(0.7), false);
    }

    private static Sampler sampler(SchedulerKind kind) {
        return kind.defaults().sampler(STEPS);
    }

    private static INDArray denoised(NoisePredictor network, Sampler sampler, Conditioning conditioning) {
        ImageNoise noise = new ImageNoise(3, 2);
        return new Denoising(network, sampler, conditioning)
                .denoise(noise.next(SHAPE), () -> noise.next(SHAPE), NOBODY);
    }

    private static void assertAllClosed(List<INDArray> arrays) {
        for (int i = 0; i < arrays.size(); i++) {
            assertTrue(arrays.get(i).wasClosed(), "array " + i + " of " + arrays.size());
        }
    }

    @ParameterizedTest
    @EnumSource(SchedulerKind.class)
    void theLoopGivesTheBitsOfAWalkByHand(SchedulerKind kind) {
        Sampler sampler = sampler(kind);
        ImageNoise noise = new ImageNoise(3, 2);
        INDArray expected;
        try (Walk walk = sampler.begin(noise.next(SHAPE).mul(sampler.initNoiseSigma()), 0)) {
            while (!walk.done()) {
                walk.advance(curved(walk.input()), walk.drawsNoise() ? noise.next(SHAPE) : null);
            }
            expected = walk.sample().dup();
        }
        assertEquals(expected, denoised(new Network(DenoisingTest::curved), sampler, Conditioning.none()));
    }

    @ParameterizedTest
    @EnumSource(SchedulerKind.class)
    void allButTheSamplesAreFreed(SchedulerKind kind) {
        Sampler sampler = sampler(kind);
        Network network = new Network(DenoisingTest::curved);
        List<INDArray> seen = new ArrayList<>();
        ImageNoise noise = new ImageNoise(3, 2);
        INDArray start = noise.next(SHAPE);
        INDArray startBefore = start.dup();
        INDArray samples = new Denoising(network, sampler, Conditioning.none())
                .denoise(
                        start,
                        () -> {
                            INDArray drawn = noise.next(SHAPE);
                            seen.add(drawn);
                            return drawn;
                        },
                        (step, output, after) -> seen.addAll(List.of(output, after)));
        assertEquals(3 * sampler.timesteps().length, network.arrays.size());
        assertAllClosed(network.arrays);
        assertAllClosed(seen);
        assertFalse(samples.wasClosed());
        assertEquals(startBefore, start);
    }

    @Test
    void theNetworkIsGivenTheScaledSamplesTheirTimestepsAndTheConditioning() {
        Sampler sampler = sampler(SchedulerKind.EULER);
        Network network = new Network(DenoisingTest::curved);
        try (Conditioning conditioning = Conditioning.of(Map.of("class_labels", Nd4j.createFromArray(5L, 6L)))) {
            denoised(network, sampler, conditioning).close();
            assertEquals(STEPS, network.times.size());
            for (int step = 0; step < STEPS; step++) {
                double timestep = (float) sampler.timesteps()[step];
                assertArrayEquals(new double[] {timestep, timestep}, network.times.get(step));
                assertArrayEquals(new long[] {2, 4, 3, 2}, network.shapes.get(step));
                assertEquals(
                        Nd4j.createFromArray(5L, 6L),
                        network.conditionings.get(step).get("class_labels"));
            }
        }
    }

    @Test
    void guidanceAsksTheNetworkForBothHalvesAtOnceAndFreesThem() {
        Network network = new Network(DenoisingTest::curved);
        INDArray once = denoised(network, sampler(SchedulerKind.DDIM), Conditioning.none());
        Network twice = new Network(DenoisingTest::curved);
        try (Conditioning conditioning = conditioning(3)) {
            INDArray guided = denoised(twice, sampler(SchedulerKind.DDIM), conditioning);
            // Both halves of this network are the same, and so there is no way between them to go.
            assertEquals(once, guided);
        }
        assertArrayEquals(new long[] {4, 4, 3, 2}, twice.shapes.get(0));
        assertEquals(4, twice.times.get(0).length);
        assertAllClosed(twice.arrays);
    }

    @Test
    void aGuidanceOfOneMakesOneHalf() {
        Network network = new Network(DenoisingTest::curved);
        try (Conditioning conditioning = conditioning(1)) {
            denoised(network, sampler(SchedulerKind.DDIM), conditioning).close();
            assertArrayEquals(new long[] {2, 4, 3, 2}, network.shapes.get(0));
            assertEquals(
                    Nd4j.createFromArray(1L, 2L), network.conditionings.get(0).get("class_labels"));
        }
    }

    private static Conditioning conditioning(double scale) {
        return Conditioning.guided(
                Map.of("class_labels", Nd4j.createFromArray(1L, 2L)),
                Map.of("class_labels", Nd4j.createFromArray(0L, 0L)),
                new Guidance(scale));
    }

    @Test
    void aListenerIsToldEachStepAndEndsTheWalkByWhatItThrows() {
        Sampler sampler = sampler(SchedulerKind.DDIM);
        Network network = new Network(DenoisingTest::curved);
        List<SamplingStep> steps = new ArrayList<>();
        ImageNoise noise = new ImageNoise(3, 2);
        Denoising loop = new Denoising(network, sampler, Conditioning.none());
        assertThrows(
                CancellationException.class,
                () -> loop.denoise(noise.next(SHAPE), () -> noise.next(SHAPE), (step, output, samples) -> {
                    steps.add(step);
                    if (step.number() == 2) {
                        throw new CancellationException();
                    }
                }));
        assertEquals(
                List.of(
                        new SamplingStep(1, STEPS, sampler.timesteps()[0]),
                        new SamplingStep(2, STEPS, sampler.timesteps()[1])),
                steps);
        assertEquals(2, network.times.size());
        assertAllClosed(network.arrays);
    }

    @Test
    void whatIsNotFiniteIsNamedWithItsStepAndFreed() {
        Network network = new Network(sample -> Nd4j.valueArrayOf(sample.shape(), Float.NaN));
        String message = assertThrows(
                        Diffusion4jException.class,
                        () -> denoised(network, sampler(SchedulerKind.DDIM), Conditioning.none()))
                .getMessage();
        assertTrue(message.startsWith("step 1 of 5 (timestep 800), 'out_sample': expected finite numbers"), message);
        assertAllClosed(network.arrays);
    }
}
