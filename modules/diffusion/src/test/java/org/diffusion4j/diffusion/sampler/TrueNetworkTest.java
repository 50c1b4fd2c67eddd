package org.diffusion4j.diffusion.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.noise.TorchGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Walks with a network that knows the clean sample. */
class TrueNetworkTest {
    private static final int STEPS = 10;

    private final TorchGenerator generator = new TorchGenerator(0);
    private final INDArray clean = generator.randn(2, 3, 4, 4).div(5);
    private final INDArray noise = generator.randn(2, 3, 4, 4);

    static Stream<Arguments> networks() {
        return Stream.of(
                Arguments.of(SchedulerKind.PNDM, Map.of("set_alpha_to_one", true)),
                Arguments.of(SchedulerKind.PNDM, Map.of("set_alpha_to_one", true, "skip_prk_steps", true)),
                Arguments.of(SchedulerKind.IPNDM, Map.of()),
                Arguments.of(SchedulerKind.LCM, Map.of()),
                Arguments.of(SchedulerKind.LCM, Map.of("prediction_type", "v_prediction")),
                Arguments.of(SchedulerKind.TCD, Map.of("eta", 0)),
                Arguments.of(SchedulerKind.TCD, Map.of("eta", 1, "prediction_type", "sample")),
                Arguments.of(SchedulerKind.CONSISTENCY_MODEL, Map.of()),
                Arguments.of(SchedulerKind.EDM_EULER, Map.of()),
                Arguments.of(
                        SchedulerKind.EDM_EULER,
                        Map.of("prediction_type", "v_prediction", "sigma_schedule", "exponential")));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void aWalkPredictsTheCleanSample(SchedulerKind kind, Map<String, ?> options) {
        SchedulerConfig config = kind.of(options);
        Sampler sampler = config.sampler(STEPS);
        // At the first timestep of IPNDM nothing of the clean sample is left.
        int first = kind == SchedulerKind.IPNDM ? 1 : 0;
        try (Walk walk = sampler.begin(sampler.addNoise(clean, noise, first), first)) {
            while (!walk.done()) {
                advance(config, walk);
            }
            assertArrayEquals(
                    clean.data().asFloat(), walk.denoised().dup().data().asFloat(), 2e-4f);
            if (kind != SchedulerKind.TCD) {
                assertArrayEquals(
                        clean.data().asFloat(), walk.sample().dup().data().asFloat(), 2e-3f);
            }
        }
    }

    @Test
    void optionsAndStepsOutOfRangeAreNamed() {
        assertRefused("skip_prk_steps", () -> new PndmConfig().sampler(3));
        assertRefused("prediction_type", () -> SchedulerKind.PNDM.of(Map.of("prediction_type", "sample")));
        assertRefused("prediction_type", () -> SchedulerKind.EDM_EULER.of(Map.of("prediction_type", "sample")));
        assertRefused("trained_betas", () -> SchedulerKind.IPNDM.of(Map.of("trained_betas", List.of(1))));
        assertRefused("IPNDMScheduler", () -> new IpndmConfig().noise());
        assertRefused("EDMEulerScheduler", () -> new EdmEulerConfig().noise());
        assertRefused("CMStochasticIterativeScheduler", () -> new ConsistencyModelConfig().noise());
        assertRefused(
                "num_train_timesteps", () -> SchedulerKind.CONSISTENCY_MODEL.of(Map.of("num_train_timesteps", 1)));
        assertRefused("sigma_max", () -> SchedulerKind.EDM_EULER.of(Map.of("sigma_max", 0.001)));
        assertRefused("original_inference_steps", () -> new LcmConfig().sampler(51));
        assertRefused("original_inference_steps", () -> new LcmConfig().sampler(new Steps(2, null, null, 1001, 1)));
        assertRefused("strength", () -> new LcmConfig().sampler(new Steps(null, List.of(9.0, 5.0), null, null, 0.4)));
        assertRefused("strength", () -> new TcdConfig().sampler(new Steps(6, null, null, null, 0.1)));
        assertRefused("eta", () -> SchedulerKind.TCD.of(Map.of("eta", 1.5)));
        assertRefused("sigmas", () -> new EdmEulerConfig().sampler(Steps.ofSigmas(List.of(0.0, 80.0))));
    }

    private static void assertRefused(String what, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(what) && message.contains("expected "), message);
        assertEquals(1, message.lines().count());
    }

    private void advance(SchedulerConfig config, Walk walk) {
        INDArray drawn = walk.drawsNoise() ? generator.randn(2, 3, 4, 4) : null;
        walk.advance(output(config, walk), drawn);
    }

    /** What the network would have to say of the walk's sample. */
    private INDArray output(SchedulerConfig config, Walk walk) {
        INDArray sample = walk.sample();
        if (config instanceof BetaSchedulerConfig beta) {
            double alpha = beta.noise().alphaCumprod((long) walk.timestep());
            return mixed(config, sample, Math.sqrt(alpha), Math.sqrt(1 - alpha));
        }
        if (config instanceof IpndmConfig) {
            double angle = walk.timestep() * Math.PI / 2;
            return mixed(config, sample, Math.cos(angle), Math.sin(angle));
        }
        boolean edm = config instanceof EdmEulerConfig;
        double sigma = Math.exp(walk.timestep() * (edm ? 4 : 1.0 / 250));
        double above = edm ? sigma : sigma - new ConsistencyModelConfig().sigmaMin();
        double skip = 0.25 / (above * above + 0.25);
        double out = above * 0.5 / Math.hypot(sigma, 0.5);
        int sign = edm && config.predictionType() == Prediction.V_PREDICTION ? -1 : 1;
        return LinearCombination.of(sign / out, clean, -sign * skip / out, sample);
    }

    private INDArray mixed(SchedulerConfig config, INDArray sample, double signal, double level) {
        return switch (config.predictionType()) {
            case EPSILON -> LinearCombination.of(1 / level, sample, -signal / level, clean);
            case SAMPLE -> clean.dup();
            case V_PREDICTION -> LinearCombination.of(signal / level, sample, -1 / level, clean);
        };
    }
}
