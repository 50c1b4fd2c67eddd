package org.diffusion4j.diffusion.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.noise.TorchGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** DPM-Solver multistep and singlestep, DEIS, UniPC and DPM-Solver++ for EDM's networks. */
class SolversTest {
    private final TorchGenerator generator = new TorchGenerator(0);
    private final INDArray clean = generator.randn(2, 3, 4, 4).div(5);

    record Walked(SchedulerKind kind, Map<String, Object> options) {
        Walked with(String key, Object value) {
            Map<String, Object> more = new HashMap<>(options);
            more.put(key, value);
            return new Walked(kind, more);
        }
    }

    static Stream<Walked> walks() {
        Stream<Walked> multistep = Stream.of("dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++")
                .flatMap(type -> orders(SchedulerKind.DPM_SOLVER_MULTISTEP, type.equals("sde-dpmsolver") ? 2 : 3)
                        .map(walk -> walk.with("algorithm_type", type)
                                .with("final_sigmas_type", type.endsWith("++") ? "zero" : "sigma_min")));
        Stream<Walked> singlestep = Stream.of("dpmsolver", "dpmsolver++", "sde-dpmsolver++")
                .flatMap(type -> orders(SchedulerKind.DPM_SOLVER_SINGLESTEP, 3)
                        .map(walk -> walk.with("algorithm_type", type)
                                .with("final_sigmas_type", type.endsWith("++") ? "zero" : "sigma_min")));
        Stream<Walked> unipc = Stream.of("bh1", "bh2")
                .flatMap(type -> orders(SchedulerKind.UNIPC, 4).map(walk -> walk.with("solver_type", type)))
                .flatMap(
                        walk -> Stream.of(walk, walk.with("predict_x0", false), walk.with("lower_order_final", false)));
        return Stream.of(multistep, singlestep, unipc, orders(SchedulerKind.DEIS, 3))
                .flatMap(stream -> stream)
                .flatMap(walk -> Stream.of(
                        walk.with("prediction_type", "v_prediction"),
                        // In a step from σ = 157 to 0.01, what integrates the noise carries on 157 times a float's
                        // rounding.
                        integratesNoise(walk) ? walk : walk.with("use_karras_sigmas", true),
                        walk.with("solver_type", walk.kind == SchedulerKind.UNIPC ? "bh2" : "heun")));
    }

    private static boolean integratesNoise(Walked walk) {
        Object algorithm = walk.options.getOrDefault("algorithm_type", "dpmsolver++");
        return walk.options.containsKey("predict_x0") || !algorithm.toString().endsWith("++");
    }

    private static Stream<Walked> orders(SchedulerKind kind, int most) {
        return Stream.iterate(1, order -> order + 1)
                .limit(most)
                .map(order -> new Walked(kind, Map.of("solver_order", order)));
    }

    @ParameterizedTest
    @MethodSource("walks")
    void aNetworkThatKnowsTheCleanSampleIsWalkedToIt(Walked walked) {
        SchedulerConfig config = walked.kind.of(walked.options);
        for (int steps : new int[] {1, 2, 7}) {
            Sampler sampler = config.sampler(steps);
            INDArray start = sampler.addNoise(clean, generator.randn(2, 3, 4, 4), 0);
            try (Walk walk = sampler.begin(start, 0)) {
                while (!walk.done()) {
                    INDArray output = trueOutput(config, walk, sampler.sigmas()[walk.step()]);
                    walk.advance(output, walk.drawsNoise() ? generator.randn(2, 3, 4, 4) : null);
                    assertClose(clean, walk.denoised(), 1e-3f);
                }
                NoiseLevel left = NoiseLevel.ofRatio(sampler.sigmas()[steps]);
                if (config instanceof DpmSolverMultistepConfig multistep
                        && multistep.algorithmType() == AlgorithmType.SDE_DPMSOLVER) {
                    // In few steps it adds far more noise than it takes away.
                    continue;
                }
                // Without noise at the end, the sample is the clean one; else what is left is noise.
                assertClose(clean.mul(left.alpha()), walk.sample(), (float) (6 * left.sigma() + 1e-3));
            }
        }
    }

    private INDArray trueOutput(SchedulerConfig config, Walk walk, double sigma) {
        NoiseLevel level = NoiseLevel.ofRatio(sigma);
        INDArray noise = level.noise(clean, walk.sample());
        return config.predictionType() == Prediction.EPSILON
                ? noise
                : LinearCombination.of(level.alpha(), noise, -level.sigma(), clean);
    }

    private static void assertClose(INDArray expected, INDArray found, float tolerance) {
        assertArrayEquals(expected.dup().data().asFloat(), found.dup().data().asFloat(), tolerance);
    }

    /** Two of a thousand linspace timesteps coincide, and all leading ones do; diffusers divides by their distance. */
    @ParameterizedTest
    @MethodSource("crowded")
    void pointsThatCoincideGiveNoInfinity(Walked walked) {
        int steps = 40;
        SchedulerConfig config =
                walked.with("num_train_timesteps", steps).kind.of(walked.with("num_train_timesteps", steps).options);
        Sampler sampler = config.sampler(steps);
        long distinct = Arrays.stream(sampler.sigmas()).distinct().count();
        assertTrue(distinct < steps + 1, "distinct " + distinct);
        try (Walk walk = sampler.begin(generator.randn(2, 3, 4, 4), 0)) {
            while (!walk.done()) {
                walk.advance(generator.randn(2, 3, 4, 4), walk.drawsNoise() ? generator.randn(2, 3, 4, 4) : null);
                assertFalse(
                        Double.isNaN(walk.sample().sumNumber().doubleValue())
                                || walk.sample().amaxNumber().doubleValue() > 1e4,
                        "step " + walk.step());
            }
        }
    }

    static Stream<Walked> crowded() {
        return walks().filter(walk -> !walk.options.containsKey("use_karras_sigmas"))
                .flatMap(walk -> walk.kind == SchedulerKind.DPM_SOLVER_SINGLESTEP
                        ? Stream.of(walk)
                        : Stream.of(walk, walk.with("timestep_spacing", "leading")));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1e-9, -1e-3, 0.2, -0.49, 0.49, -0.51, 0.51, 3, -40})
    void phiIsItsIntegral(double x) {
        // φ_k(x) = ∫₀¹ exp((1−s)·x)·s^(k−1)/(k−1)! ds, by Simpson's rule.
        int parts = 2000;
        double factorial = 1;
        for (int k = 1; k <= 4; k++) {
            factorial *= Math.max(1, k - 1);
            double sum = 0;
            for (int i = 0; i <= parts; i++) {
                double s = (double) i / parts;
                int weight = i == 0 || i == parts ? 1 : i % 2 == 0 ? 2 : 4;
                sum += weight * Math.exp((1 - s) * x) * Math.pow(s, k - 1) / factorial;
            }
            double expected = sum / (3 * parts);

            assertEquals(expected, Phi.of(k, x), 1e-8 * Math.max(1, Math.abs(expected)), "phi " + k);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void aPredictionThatIsALineInLambdaIsIntegratedExactly(int order) {
        NoiseLevel[] levels =
                Stream.of(9.0, 5.0, 3.0, 1.5).map(NoiseLevel::ofRatio).toArray(NoiseLevel[]::new);
        INDArray[] outputs = new INDArray[3];
        for (int i = 0; i < 3; i++) {
            outputs[2 - i] = clean.mul(0).addi(line(levels[i].lambda()));
        }
        WalkState state = new WalkState(0, 2, clean, null, List.of());
        INDArray next = new DpmMultistep(AlgorithmType.DPMSOLVER_PLUS_PLUS, SolverType.HEUN, step -> levels[step])
                .next(state, order, List.of(outputs), null);

        // x_t = σ_t/σ_s·x_s + σ_t·∫ exp(λ)·x₀(λ) dλ, by Simpson's rule.
        double from = levels[2].lambda();
        double to = levels[3].lambda();
        int parts = 1000;
        double sum = 0;
        for (int i = 0; i <= parts; i++) {
            double lambda = from + (to - from) * i / parts;
            sum += (i == 0 || i == parts ? 1 : i % 2 == 0 ? 2 : 4) * Math.exp(lambda) * line(lambda);
        }
        double added = levels[3].sigma() * sum * (to - from) / (3 * parts);
        assertClose(clean.mul(levels[3].sigma() / levels[2].sigma()).addi(added), next, 1e-6f);
    }

    private static double line(double lambda) {
        return 0.3 + 0.5 * lambda;
    }

    @Test
    void aSchedulerIsMadeOfAnothersOptions() {
        Map<String, Object> unipc =
                SchedulerKind.UNIPC.of(Map.of("solver_order", 3)).toMap();
        Map<String, Object> deis = SchedulerKind.DEIS.of(unipc).toMap();

        assertEquals("logrho", deis.get("solver_type"));
        assertEquals(
                SchedulerKind.DPM_SOLVER_MULTISTEP.of(Map.of("solver_order", 3)),
                SchedulerKind.DPM_SOLVER_MULTISTEP.of(deis));
        assertEquals(
                SolverType.MIDPOINT,
                ((DpmSolverSinglestepConfig) SchedulerKind.DPM_SOLVER_SINGLESTEP.of(unipc)).solverType());
        assertEquals(
                SchedulerKind.UNIPC.of(Map.of("timestep_spacing", "leading")),
                SchedulerKind.UNIPC.of(new DdpmConfig().toMap()));
        assertEquals(
                SchedulerKind.DPM_SOLVER_MULTISTEP.of(
                        Map.of("variance_type", "fixed_small", "timestep_spacing", "leading")),
                SchedulerKind.DPM_SOLVER_MULTISTEP.of(new DdpmConfig().toMap()));
    }

    @Test
    void aLearnedVarianceIsPassedOver() {
        DpmSolverMultistepConfig plain = new DpmSolverMultistepConfig();
        SchedulerConfig learned = plain.with(Map.of("variance_type", "learned_range"));
        INDArray both = generator.randn(2, 6, 4, 4);
        WalkState state = new WalkState(0, 0, clean, null, List.of());

        assertEquals(
                plain.sampler(5)
                        .advance(state, DdpmSampler.channels(both, clean, 0).dup(), null)
                        .sample(),
                learned.sampler(5).advance(state, both, null).sample());
        assertRefused("model output", () -> learned.sampler(5).advance(state, clean, null));
    }

    @Test
    void timestepsOfLittleSignalAreClipped() {
        Sampler all = new DpmSolverMultistepConfig().sampler(10);
        Sampler clipped = new DpmSolverMultistepConfig()
                .with()
                .lambdaMinClipped(-3)
                .build()
                .sampler(10);

        assertEquals(999, all.timesteps()[0]);
        assertEquals(Math.exp(3), clipped.sigmas()[0], 0.5);
        assertRefused("lambda_min_clipped", () -> new DpmSolverMultistepConfig()
                .with()
                .lambdaMinClipped(9)
                .build()
                .sampler(10));
    }

    @ParameterizedTest
    @CsvSource({
        "DPM_SOLVER_MULTISTEP, solver_order, 0",
        "DPM_SOLVER_MULTISTEP, use_flow_sigmas, true",
        "DPM_SOLVER_MULTISTEP, use_dynamic_shifting, true",
        "DPM_SOLVER_MULTISTEP, final_sigmas_type, dpmsolver",
        "DPM_SOLVER_MULTISTEP, solver_type, newton",
        "DPM_SOLVER_MULTISTEP, prediction_type, flow_prediction",
        "DPM_SOLVER_SINGLESTEP, solver_order, 4",
        "DPM_SOLVER_SINGLESTEP, algorithm_type, sde-dpmsolver",
        "DEIS, algorithm_type, sde-dpmsolver++",
        "DEIS, steps_offset, 1000",
        "UNIPC, solver_order, 21",
        "UNIPC, solver_p, another",
        "UNIPC, sigma_min, 0",
        "UNIPC, shift_terminal, 1",
        "EDM_DPM_SOLVER_MULTISTEP, algorithm_type, dpmsolver",
        "EDM_DPM_SOLVER_MULTISTEP, prediction_type, sample"
    })
    void optionsThatCantBeHadAreNamed(SchedulerKind kind, String key, String value) {
        Object parsed = value.equals("true") ? true : value.matches("[0-9]+") ? (Object) Integer.valueOf(value) : value;

        assertRefused(key, () -> kind.of(Map.of(key, parsed)));
    }

    @Test
    void combinationsThatDiffusersRefusesAreRefused() {
        assertRefused(
                "final_sigmas_type",
                () -> SchedulerKind.DPM_SOLVER_MULTISTEP.of(Map.of("algorithm_type", "dpmsolver")));
        assertRefused(
                "solver_order",
                () -> SchedulerKind.DPM_SOLVER_MULTISTEP.of(Map.of(
                        "algorithm_type", "sde-dpmsolver", "final_sigmas_type", "sigma_min", "solver_order", 3)));
        assertRefused(
                "solver_order",
                () -> SchedulerKind.EDM_DPM_SOLVER_MULTISTEP.of(
                        Map.of("algorithm_type", "sde-dpmsolver++", "solver_order", 3)));
        for (SchedulerKind kind :
                List.of(SchedulerKind.DEIS, SchedulerKind.UNIPC, SchedulerKind.EDM_DPM_SOLVER_MULTISTEP)) {
            assertRefused("timesteps", () -> kind.defaults().sampler(Steps.ofTimesteps(List.of(9.0, 1.0))));
        }
        for (String spacing : List.of("karras_sigmas", "exponential_sigmas", "beta_sigmas", "lu_lambdas")) {
            assertRefused("timesteps", () -> SchedulerKind.DPM_SOLVER_MULTISTEP
                    .of(Map.of("use_" + spacing, true))
                    .sampler(Steps.ofTimesteps(List.of(9.0, 1.0))));
        }
        assertRefused("num_train_timesteps", () -> SchedulerKind.UNIPC
                .of(Map.of("num_train_timesteps", 1, "use_karras_sigmas", true))
                .sampler(1));
    }

    private static void assertRefused(String key, Runnable wrong) {
        String message =
                assertThrows(IllegalArgumentException.class, wrong::run).getMessage();

        assertTrue(message.startsWith(key + ": expected ") && message.contains(", found "), message);
        assertEquals(1, message.lines().count());
    }
}
