package org.diffusion4j.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.prompt.Additions;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.diffusion4j.weights.lora.LoraForm;
import org.diffusion4j.weights.lora.LoraLayer;
import org.diffusion4j.weights.lora.LoraWriter;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** A pipeline that draws with adapters and learned words. */
class AdditionsTest {
    private static final Path MODEL = ReferenceCasesTest.GOLDENS.resolve("pipeline-sd-tiny");
    private static final PromptPipeline PLAIN = PromptPipeline.open(MODEL, EngineKind.AUTO, 2, Precision.FP32);

    /** The tokens of the words a and b in the model's vocabulary. */
    private static final int A = 320;

    @TempDir
    Path folder;

    private Path adapter;

    @BeforeEach
    void writeAdapter() {
        adapter = folder.resolve("adapter.safetensors");
        List<LoraLayer> layers = new ArrayList<>();
        for (String part : List.of("unet", "text_encoder")) {
            Map<String, long[]> shapes = shapes(part);
            shapes.forEach((name, shape) -> {
                boolean attention = name.endsWith("to_k.weight") || name.endsWith("q_proj.weight");
                if (attention || name.equals("conv_in.weight")) {
                    long[] up = new long[shape.length];
                    Arrays.fill(up, 1);
                    up[0] = shape[0];
                    up[1] = 2;
                    long[] down = shape.clone();
                    down[0] = 2;
                    layers.add(new LoraLayer(part, name.replace(".weight", ""), numbers(down, 1), numbers(up, 2), 2));
                }
            });
        }
        LoraWriter.writePeft(adapter, layers);
    }

    private static Map<String, long[]> shapes(String part) {
        NetworkConfig config = ComponentFolder.readConfig(MODEL.resolve(part).resolve("config.json"));
        return config.parameterShapes();
    }

    private static WeightTensor numbers(long[] shape, int seed) {
        INDArray numbers = Nd4j.create(shape);
        SplittableRandom random = new SplittableRandom(seed);
        for (long i = 0; i < numbers.length(); i++) {
            numbers.putScalar(i, random.nextDouble(-0.3, 0.3));
        }
        return Tensor.of(numbers);
    }

    private static GeneratedImage draw(PromptPipeline pipeline, String prompt) {
        return pipeline.draw(PromptRequest.of(prompt)
                        .sampler(SchedulerKind.EULER)
                        .steps(1)
                        .build())
                .get(0);
    }

    private static double difference(GeneratedImage a, GeneratedImage b) {
        return a.sample().sub(b.sample()).amaxNumber().doubleValue();
    }

    @Test
    void mergedAndAsBranchesAnAdapterGivesTheSamePicture() {
        GeneratedImage plain = draw(PLAIN, "a cat");
        Additions additions = Additions.NONE.lora(adapter, 0.5).lora(adapter, 0.25);
        GeneratedImage merged = draw(PLAIN.with(additions), "a cat");
        GeneratedImage branches = draw(PLAIN.with(additions.form(LoraForm.BRANCHES)), "a cat");
        assertEquals(0, difference(merged, branches), 1e-4);
        assertTrue(difference(merged, plain) > 1e-2);
        assertEquals(0, difference(merged, draw(PLAIN.with(Additions.NONE.lora(adapter, 0.75)), "a cat")), 1e-4);
        assertEquals(
                "adapter.safetensors:0.5, adapter.safetensors:0.25",
                merged.metadata().get("lora"));
    }

    @Test
    void withAScaleOf0ThePictureIsTheModelsOwn() {
        GeneratedImage nothing = draw(PLAIN.with(Additions.NONE.lora(adapter, 0)), "a cat");
        assertEquals(draw(PLAIN, "a cat").sample(), nothing.sample());
    }

    /** A word whose vectors are those of tokens is as good as these. */
    @Test
    void aLearnedWordStandsForItsVectors() {
        Path word = folder.resolve("word.safetensors");
        try (Component<?> encoder = ComponentFolder.read(MODEL.resolve("text_encoder"))) {
            INDArray table = encoder.tensors()
                    .get("text_model.embeddings.token_embedding.weight")
                    .array();
            INDArray rows = table.get(NDArrayIndex.interval(A, A + 2), NDArrayIndex.all());
            SafetensorsWriter.writeArrays(word, Map.of("<x>", rows.dup('c')));
        }
        PromptPipeline learned = PLAIN.with(Additions.NONE.word(word, null));
        assertEquals(draw(PLAIN, "a b cat").sample(), draw(learned, "<x> cat").sample());
        assertEquals(draw(PLAIN, "b cat").sample(), draw(learned, "<x>_1 cat").sample());
        assertEquals(
                draw(PLAIN, "a b").sample(),
                draw(PLAIN.with(Additions.NONE.word(word, "toyish")), "Toyish").sample());
        assertEquals("word.safetensors", draw(learned, "a").metadata().get("embedding"));
    }

    @Test
    void whatDoesNotFitTheModelIsRefusedByName() {
        Path word = folder.resolve("word.safetensors");
        SafetensorsWriter.writeArrays(word, Map.of("<x>", Nd4j.ones(1, 3)));
        assertRefused("word.safetensors", Additions.NONE.word(word, null));
        Path xl = folder.resolve("xl.safetensors");
        int width = Math.toIntExact(shapes("text_encoder").get("text_model.embeddings.token_embedding.weight")[1]);
        SafetensorsWriter.writeArrays(xl, Map.of("clip_l", Nd4j.ones(1, width), "clip_g", Nd4j.ones(1, 6)));
        assertRefused("'clip_g': expected vectors for this model's text_encoder,", Additions.NONE.word(xl, null));
        Path other = folder.resolve("other.safetensors");
        LoraWriter.writeKohya(
                other,
                List.of(new LoraLayer(
                        "unet", "conv_out", numbers(new long[] {1, 3}, 1), numbers(new long[] {3, 1}, 1), 1)));
        assertRefused("lora_unet_conv_out.lora_down.weight", Additions.NONE.lora(other, 1));
    }

    private static void assertRefused(String name, Additions additions) {
        String message = assertThrows(Diffusion4jException.class, () -> PLAIN.with(additions))
                .getMessage();
        assertTrue(message.contains(name), message);
    }
}
