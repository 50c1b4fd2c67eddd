package org.diffusion4j.pipeline.adm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.Progress;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.adm.AdmUNetConfig;
import org.diffusion4j.weights.adm.AdmModel;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Networks of guided-diffusion that were trained as in Karras et al. 2022. The numbers are those of OpenAI's consistency_models' loop in
 * PyTorch in double precision, from PyTorch's noise of seed 3, for a network that gives 0.3·x + 0.001·t.
 */
class EdmDrawingTest {
    private static final String OPTIONS =
            """
            {"_class_name": "UNetModel", "image_size": 8, "model_channels": 32, "num_res_blocks": 1,
             "attention_resolutions": [], "channel_mult": [1]""";

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void write() {
        AdmUNetConfig tiny = AdmUNetConfig.builder()
                .imageSize(8)
                .modelChannels(32)
                .numResBlocks(1)
                .attentionResolutions(List.of())
                .channelMult(List.of(1.0))
                .build();
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        tiny.graph().initialWeights(1).forEach((key, source) -> arrays.put(key, source.array()));
        file = folder.resolve("edm.safetensors");
        SafetensorsWriter.writeArrays(file, arrays);
    }

    private AdmModel model(String more) {
        try {
            Files.writeString(folder.resolve("config.json"), OPTIONS + more + "}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return AdmModel.open(file, null);
    }

    /** In place of the network. */
    private static final class Linear implements NoisePredictor {
        @Override
        public INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
            return sample.mul(0.3).addi(0.001 * timestep.getDouble(0));
        }

        @Override
        public void close() {
            // It has nothing.
        }
    }

    private double[] drawn(String more, EdmSteps steps) {
        try (AdmModel model = model(more);
                AdmPipeline pipeline = AdmPipeline.of(model, null, null, graph -> new Linear(), null)) {
            AdmRequest request = AdmRequest.ofImages(1).withSeed(3).withEdmSteps(steps);
            assertEquals(steps.sampler() == SchedulerKind.HEUN ? 11 : 6, pipeline.check(request));
            return pipeline.sample(request, Progress.none())
                    .get(0)
                    .sample()
                    .data()
                    .asDouble();
        }
    }

    private static void requireFirst(double[] samples, double... expected) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], samples[i], 2e-4, "element " + i);
        }
    }

    @Test
    void preconditionedNetworkDrawsByHeunsMethod() {
        EdmSteps heun = new EdmSteps(SchedulerKind.HEUN, 6, Map.of());
        double[] samples = drawn(", \"prediction_type\": \"edm\"", heun);
        requireFirst(samples, -0.6260567156, -0.0745110854, -1, -0.4388429653, 0.3107998706, -0.8915612765);
    }

    @Test
    void timestepsAreScaledAsTheFileSays() {
        EdmSteps heun = new EdmSteps(SchedulerKind.HEUN, 6, Map.of());
        double[] expected = {-0.0973684514, 0.4541771789, -0.9885989772, 0.0898452989, 0.8394881348, -0.3628730123};
        requireFirst(drawn(", \"prediction_type\": \"edm\", \"timestep_scale\": 1", heun), expected);
        EdmSteps asked = new EdmSteps(SchedulerKind.HEUN, 6, Map.of("timestep_scale", 1.0));
        requireFirst(drawn(", \"prediction_type\": \"edm\"", asked), expected);
    }

    @Test
    void diffusersSamplersDrawToo() {
        EdmSteps euler = new EdmSteps(SchedulerKind.EDM_EULER, 6, Map.of());
        double[] samples = drawn(", \"prediction_type\": \"edm\", \"sigma_data\": 0.5", euler);
        requireFirst(samples, 0.0115560795, 0.2137286638, -0.3151301794, 0.0801804791, 0.3549668632, -0.0857663182);
    }

    @Test
    void sigmasWithoutThePredictionAreRefused() {
        Diffusion4jException refused = assertThrows(Diffusion4jException.class, () -> model(", \"sigma_data\": 0.5"));
        assertTrue(
                refused.getMessage().endsWith("prediction_type: expected edm beside sigma_data, found 'none'"),
                refused.getMessage());
    }

    @Test
    void otherSamplersAreRefused() {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> new EdmSteps(SchedulerKind.DDIM, 6, Map.of()));
        assertTrue(refused.getMessage().startsWith("sampler: expected heun, edm-euler"), refused.getMessage());
    }
}
