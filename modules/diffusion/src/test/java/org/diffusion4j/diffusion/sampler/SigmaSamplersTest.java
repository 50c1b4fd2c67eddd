package org.diffusion4j.diffusion.sampler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Euler, Euler ancestral, Heun, LMS and both KDPM2. */
class SigmaSamplersTest {
    @ParameterizedTest
    @CsvSource({
        "EULER, epsilon", "EULER, v_prediction",
        "EULER_ANCESTRAL, epsilon", "EULER_ANCESTRAL, v_prediction",
        "HEUN, epsilon", "HEUN, v_prediction",
        "LMS, epsilon", "LMS, v_prediction",
        "KDPM2, epsilon", "KDPM2, v_prediction",
        "KDPM2_ANCESTRAL, epsilon", "KDPM2_ANCESTRAL, v_prediction"
    })
    void aNetworkThatKnowsTheCleanSampleIsWalkedToIt(SchedulerKind kind, String prediction) {
        for (String spacing : List.of("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "none")) {
            for (int steps : new int[] {1, 2, 7}) {
                Sampler sampler = kind.of(Map.of("prediction_type", prediction, spacing, true))
                        .sampler(steps);
                INDArray clean = Nd4j.rand(2, 3, 4, 4);
                try (Walk walk = sampler.begin(sampler.addNoise(clean, Nd4j.randn(2, 3, 4, 4), 0), 0)) {
                    while (!walk.done()) {
                        INDArray output = trueOutput(prediction, walk, clean);
                        walk.advance(output, walk.drawsNoise() ? Nd4j.randn(2, 3, 4, 4) : null);
                        assertEquals(0, clean.sub(walk.denoised()).amaxNumber().doubleValue(), 1e-3);
                    }
                    assertEquals(0, clean.sub(walk.sample()).amaxNumber().doubleValue(), 1e-3, spacing + steps);
                }
            }
        }
    }

    private static INDArray trueOutput(String prediction, Walk walk, INDArray clean) {
        double scale = walk.sample().norm2Number().doubleValue()
                / walk.input().norm2Number().doubleValue();
        double sigma = Math.sqrt(scale * scale - 1);
        INDArray noise = LinearCombination.of(1 / sigma, walk.sample(), -1 / sigma, clean);
        return prediction.equals("epsilon") ? noise : LinearCombination.of(1 / scale, noise, -sigma / scale, clean);
    }

    @ParameterizedTest
    @CsvSource({
        "EULER_ANCESTRAL, prediction_type, sample",
        "KDPM2, prediction_type, sample",
        "KDPM2_ANCESTRAL, prediction_type, sample",
        "EULER, beta_schedule, exp",
        "HEUN, beta_schedule, laplace",
        "EULER_ANCESTRAL, steps_offset, -1",
        "HEUN, clip_sample_range, 0",
        "LMS, order, 0"
    })
    void optionsOutOfRangeAreNamed(SchedulerKind kind, String key, String value) {
        Object parsed = value.matches("-?[0-9]+") ? (Object) Integer.valueOf(value) : value;

        assertRefused(key, () -> kind.of(Map.of(key, parsed)));
    }

    @ParameterizedTest
    @CsvSource({"EULER", "HEUN", "LMS", "KDPM2", "KDPM2_ANCESTRAL"})
    void oneSpacingOfSigmasIsTaken(SchedulerKind kind) {
        assertRefused("use_karras_sigmas", () -> kind.of(Map.of("use_karras_sigmas", true, "use_beta_sigmas", true)));
    }

    @ParameterizedTest
    @CsvSource({"EULER_ANCESTRAL", "LMS", "KDPM2", "KDPM2_ANCESTRAL"})
    void timestepsAreRefusedWhereDiffusersTakesNone(SchedulerKind kind) {
        assertRefused("timesteps", () -> kind.defaults().sampler(Steps.ofTimesteps(List.of(900.0, 10.0))));
    }

    @Test
    void timestepsLeaveNothingToSpace() {
        Steps steps = Steps.ofTimesteps(List.of(900.0, 10.0));

        assertRefused(
                "timesteps",
                () -> new HeunConfig().with().useKarrasSigmas(true).build().sampler(steps));
        assertEquals(3, new HeunConfig().sampler(steps).timesteps().length);
    }

    /** 61 trailing timesteps of 1000 are 62. */
    @Test
    void spacedSigmasAreAsManyAsAskedFor() {
        EulerConfig trailing = new EulerConfig()
                .with()
                .timestepSpacing(TimestepSpacing.TRAILING)
                .build();

        assertEquals(62, trailing.sampler(61).timesteps().length);
        assertEquals(
                61, trailing.with().useKarrasSigmas(true).build().sampler(61).timesteps().length);
    }

    /** Diffusers spaces one sigma more so than there are timesteps, and asks the network at each sigma. */
    @Test
    void logLinearSigmasThatTheNetworkIsGivenAreOneMore() {
        double[] timesteps = new EulerConfig()
                .with()
                .interpolationType(EulerConfig.InterpolationType.LOG_LINEAR)
                .timestepType(EulerConfig.TimestepType.CONTINUOUS)
                .predictionType(Prediction.V_PREDICTION)
                .build()
                .sampler(5)
                .timesteps();

        assertEquals(6, timesteps.length);
    }

    @Test
    void anAncestralStepEndsAtTheNextLevel() {
        for (double next = 1; next > 1e-6; next /= 1.1) {
            AncestralStep step = AncestralStep.between(5000, next);

            assertTrue(step.down() > 0 && step.down() <= next, "down " + step.down());
            assertEquals(next, Math.hypot(step.down(), step.up()), 1e-12 * next);
        }
    }

    @ParameterizedTest
    @CsvSource({"HEUN", "KDPM2", "KDPM2_ANCESTRAL"})
    void noWalkBeginsInTheMiddleOfAnInterval(SchedulerKind kind) {
        Sampler sampler = kind.defaults().sampler(4);

        assertRefused("firstStep", () -> sampler.begin(Nd4j.ones(1, 1, 2, 2), 3));
        sampler.begin(Nd4j.ones(1, 1, 2, 2), 4).close();
    }

    @Test
    void lmsOfOrderOneIsEuler() {
        List<INDArray> ends = new ArrayList<>();
        for (SchedulerConfig config :
                List.of(new EulerConfig(), new LmsConfig().with().order(1).build())) {
            Sampler sampler = config.sampler(5);
            try (Walk walk = sampler.begin(Nd4j.ones(1, 1, 2, 2).muli(sampler.initNoiseSigma()), 0)) {
                while (!walk.done()) {
                    walk.advance(walk.input().mul(0.5).addi(0.1), null);
                }
                ends.add(walk.sample().dup());
            }
        }
        assertTrue(ends.get(0).equalsWithEps(ends.get(1), 1e-4));
    }

    private static void assertRefused(String key, Runnable wrong) {
        String message =
                assertThrows(IllegalArgumentException.class, wrong::run).getMessage();

        assertTrue(message.startsWith(key + ": expected ") && message.contains(", found "), message);
    }
}
