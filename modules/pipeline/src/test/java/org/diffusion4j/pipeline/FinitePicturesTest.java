package org.diffusion4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.DdimConfig;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What isn't a number never becomes a picture: clipping would make a black one. */
class FinitePicturesTest {
    private static final UNetConfig CONFIG = UNetPreset.TINY.config();

    static Stream<Arguments> enginesAndSamplers() {
        return Stream.of(EngineKind.ONEDNN, EngineKind.SAMEDIFF)
                .flatMap(engine -> Stream.of(SchedulerKind.values()).map(sampler -> Arguments.of(engine, sampler)));
    }

    private static Map<String, INDArray> weights(UNetConfig config) {
        SameDiff initial = UNetGraph.build(config);
        Map<String, INDArray> weights = new LinkedHashMap<>();
        config.parameterShapes()
                .keySet()
                .forEach(name -> weights.put(name, initial.getVariable(name).getArr()));
        return weights;
    }

    private static String refused(
            Map<String, INDArray> weights, SchedulerConfig scheduler, EngineKind engine, SampleRequest request) {
        DiffusersModel model = DiffusersModel.of(CONFIG, scheduler, weights);
        try (DiffusionPipeline pipeline = DiffusionPipeline.of(model, engine)) {
            return assertThrows(Diffusion4jException.class, () -> pipeline.sample(request))
                    .getMessage();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DDIM", "EULER_ANCESTRAL", "DPM_SOLVER_MULTISTEP"})
    void aNetworkThatGivesNaNIsRefusedAtTheFirstStep(SchedulerKind sampler) {
        refusesNaN(EngineKind.ONEDNN, sampler);
    }

    @ParameterizedTest
    @MethodSource("enginesAndSamplers")
    @Tag("slow")
    void aNetworkThatGivesNaNIsRefusedByEverySamplerOnBothEngines(EngineKind engine, SchedulerKind sampler) {
        refusesNaN(engine, sampler);
    }

    private static void refusesNaN(EngineKind engine, SchedulerKind sampler) {
        Map<String, INDArray> weights = weights(CONFIG);
        weights.get("conv_out.bias").assign(Float.NaN);
        SampleRequest request =
                SampleRequest.images(2).sampler(sampler).steps(4).build();
        String message = refused(weights, new DdimConfig(), engine, request);
        assertTrue(
                message.matches("step 1 of \\d+ \\(timestep [0-9.]+\\), 'out_sample': expected finite numbers from the"
                        + " network, found NaN at \\[0, 0, 0, 0\\].*"),
                message);
    }

    @ParameterizedTest
    @EnumSource(names = {"DDIM", "EULER_ANCESTRAL", "DPM_SOLVER_MULTISTEP"})
    void aNetworkThatRunsAwayIsRefusedAtTheStepWhereItDoes(SchedulerKind sampler) {
        refusesWhatRunsAway(EngineKind.ONEDNN, sampler);
    }

    @ParameterizedTest
    @MethodSource("enginesAndSamplers")
    @Tag("slow")
    void aNetworkThatRunsAwayIsRefusedByEverySamplerOnBothEngines(EngineKind engine, SchedulerKind sampler) {
        assumeTrue(sampler != SchedulerKind.CONSISTENCY_MODEL, "its own clip of the clean sample holds it in range");
        refusesWhatRunsAway(engine, sampler);
    }

    /** Finite weights and a finite first output, which the second step's arithmetic can't hold. */
    private static void refusesWhatRunsAway(EngineKind engine, SchedulerKind sampler) {
        Map<String, INDArray> weights = weights(CONFIG);
        weights.get("conv_out.bias").assign(1e38);
        SchedulerConfig scheduler = new DdimConfig().with().clipSample(false).build();
        SampleRequest request =
                SampleRequest.images(1).sampler(sampler).steps(4).build();
        String message = refused(weights, scheduler, engine, request);
        assertTrue(message.matches("step \\d+ of \\d+ \\(timestep -?[0-9.]+\\), '(out_)?sample': .*"), message);
    }

    @Test
    void guidanceThatNoFloatHoldsIsNamedWithTheStep() {
        UNetConfig labelled = CONFIG.toBuilder().numClassEmbeds(5).build();
        ModelSettings settings = new ModelSettings(List.of(), 4, ModelSettings.NONE.sampling());
        DiffusersModel model =
                DiffusersModel.of(labelled, new DdimConfig(), weights(labelled)).withSettings(settings);
        try (DiffusionPipeline pipeline = DiffusionPipeline.of(model, EngineKind.ONEDNN)) {
            for (SchedulerKind sampler : SchedulerKind.values()) {
                for (double guidance : new double[] {1e308, -1e308}) {
                    SampleRequest request = SampleRequest.images(2)
                            .labels(List.of(2, 3))
                            .sampler(sampler)
                            .steps(4)
                            .guidanceScale(guidance)
                            .build();
                    String message = assertThrows(Diffusion4jException.class, () -> pipeline.sample(request))
                            .getMessage();
                    assertTrue(message.startsWith("step 1 of "), message);
                    assertTrue(message.contains("'out_sample': expected finite numbers with a guidance of "), message);
                }
            }
        }
    }

    @Test
    void aModelThatDrawsWellIsLeftAlone() {
        try (DiffusionPipeline pipeline = new DiffusionPipeline(
                CONFIG,
                CONFIG.sampleSize(),
                new DdimConfig(),
                ModelSettings.NONE,
                EngineKind.AUTO.open(UNetGraph.build(CONFIG)))) {
            assertEquals(
                    3, pipeline.sample(SampleRequest.images(3).steps(2).build()).size());
        }
    }
}
