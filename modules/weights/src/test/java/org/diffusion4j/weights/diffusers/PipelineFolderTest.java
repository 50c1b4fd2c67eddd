package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class PipelineFolderTest {
    private static final String INDEX =
            """
            {"_class_name": "StableDiffusionControlNetPipeline",
             "unet": ["diffusers", "UNet2DConditionModel"],
             "vae": ["diffusers", "AutoencoderKL"],
             "text_encoder": ["transformers", "CLIPTextModel"],
             "tokenizer": ["transformers", "CLIPTokenizer"],
             "controlnet": ["diffusers", "MultiControlNetModel"],
             "scheduler": ["diffusers", "DDIMScheduler"],
             "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
             "image_encoder": [null, null],
             "requires_safety_checker": true,
             "my_key": 1}""";

    @TempDir
    Path folder;

    @BeforeEach
    void writeFolder() throws IOException {
        write("model_index.json", INDEX);
        write("unet/config.json", "{\"_class_name\": \"UNet2DConditionModel\"}");
        write("vae/config.json", "{\"_class_name\": \"AutoencoderKL\"}");
        write("text_encoder/config.json", "{\"architectures\": [\"CLIPTextModel\"]}");
        write("tokenizer/vocab.json", "{}");
        write("controlnet/config.json", "{\"_class_name\": \"ControlNetModel\"}");
        write("controlnet_1/config.json", "{\"_class_name\": \"ControlNetModel\"}");
        write("scheduler/scheduler_config.json", "{\"_class_name\": \"DDIMScheduler\", \"steps_offset\": 1}");
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void partsAreFoundByTheIndex() {
        PipelineFolder pipeline = PipelineFolder.open(folder);
        assertEquals("StableDiffusionControlNetPipeline", pipeline.className());
        assertEquals("CLIPTextModel", pipeline.parts().get("text_encoder"));
        assertFalse(pipeline.has("text_encoder_2"));
        assertEquals(List.of("controlnet", "controlnet_1"), pipeline.controlNets());
        assertEquals(SchedulerKind.DDIM, pipeline.scheduler().kind());
        assertEquals(Map.of("steps_offset", 1), pipeline.schedulerKeys());
        assertTrue(pipeline.forcesZeros());
    }

    @Test
    void partsThatAreLeftOutAndUnknownKeysAreNoted() {
        List<String> notes = PipelineFolder.open(folder).notes();
        assertEquals(2, notes.size(), notes.toString());
        assertEquals("model_index.json: safety_checker is left out", notes.get(0));
        assertTrue(notes.get(1).contains("my_key"), notes.get(1));
    }

    @Test
    void folderThatDrawsByClassesIsNotOne() throws IOException {
        assertTrue(PipelineFolder.isOne(folder));
        write("model_index.json", "{\"unet\": [\"diffusers\", \"UNet2DModel\"]}");
        assertFalse(PipelineFolder.isOne(folder));
        assertFalse(PipelineFolder.isOne(folder.resolve("unet")));
    }

    @Test
    void editedIndexesAreReadOrRefused() throws IOException {
        edit(300, 1);
    }

    @Test
    @Tag("slow")
    void manyEditedIndexesAreReadOrRefused() throws IOException {
        edit(20_000, 2);
    }

    private void edit(int times, long seed) throws IOException {
        int read = 0;
        for (int i = 0; i < times; i++) {
            write("model_index.json", ConfigFuzzTest.edited(INDEX, new Random(seed * 1_000_003 + i)));
            try {
                PipelineFolder.isOne(folder);
                PipelineFolder pipeline = PipelineFolder.open(folder);
                pipeline.notes().forEach(note -> assertEquals(-1, note.indexOf('\n'), "one line"));
                pipeline.controlNets();
                pipeline.forcesZeros();
                pipeline.scheduler();
                read++;
            } catch (Diffusion4jException e) {
                assertEquals(-1, e.getMessage().indexOf('\n'), "one line");
            }
        }
        assertTrue(0 < read && read < times, read + " of " + times + " were read");
    }

    @TestFactory
    Stream<DynamicTest> whatIsWrongIsNamedInOneLine() {
        Map<String, List<String>> wrong = new LinkedHashMap<>();
        wrong.put(
                "pipeline",
                List.of("StableDiffusionControlNetPipeline", "FluxPipeline", "'_class_name': expected one of"));
        wrong.put(
                "network",
                List.of(
                        "UNet2DConditionModel",
                        "UNet2DModel",
                        "'unet': expected UNet2DConditionModel, found 'UNet2DModel'"));
        wrong.put("encoder", List.of("CLIPTextModel", "T5EncoderModel", "'text_encoder': expected CLIPTextModel or"));
        wrong.put(
                "other part",
                List.of(
                        "my_key\": 1",
                        "prior\": [\"diffusers\", \"PriorTransformer\"]",
                        "'prior': expected a pipeline without such a part"));
        wrong.put(
                "no network",
                List.of(
                        "\"unet\": [\"diffusers\", \"UNet2DConditionModel\"],",
                        "",
                        "'unet': expected UNet2DConditionModel, found nothing"));
        wrong.put(
                "null network",
                List.of(
                        "[\"diffusers\", \"UNet2DConditionModel\"]",
                        "[null, null]",
                        "'unet': expected UNet2DConditionModel, found nothing"));
        wrong.put(
                "no tokenizer",
                List.of(
                        "\"tokenizer\": [\"transformers\", \"CLIPTokenizer\"],",
                        "",
                        "'tokenizer': expected CLIPTokenizer"));
        wrong.put(
                "part that is a number",
                List.of("[\"diffusers\", \"AutoencoderKL\"]", "7", "'vae': expected AutoencoderKL, found 7"));
        wrong.put("scores", List.of("my_key\": 1", "requires_aesthetics_score\": true", "requires_aesthetics_score"));
        return wrong.entrySet().stream()
                .map(one -> DynamicTest.dynamicTest(one.getKey(), () -> {
                    writeFolder();
                    write(
                            "model_index.json",
                            INDEX.replace(one.getValue().get(0), one.getValue().get(1)));
                    assertRefused(one.getValue().get(2));
                }));
    }

    private void assertRefused(String part) {
        String message = assertThrows(Diffusion4jException.class, () -> PipelineFolder.open(folder))
                .getMessage();
        assertTrue(message.contains(part), message);
    }

    @Test
    void anAutoencoderMayBeNullButNotMissing() throws IOException {
        String line = "\"vae\": [\"diffusers\", \"AutoencoderKL\"],";
        for (String none : List.of("\"vae\": [null, null],", "\"vae\": null,")) {
            write("model_index.json", INDEX.replace(line, none));
            PipelineFolder pipeline = PipelineFolder.open(folder);
            assertFalse(pipeline.has(PipelineFolder.VAE));
            assertTrue(PipelineFolder.isOne(folder));
        }
        write("model_index.json", INDEX.replace(line, ""));
        assertRefused("vae");
    }

    @Test
    void missingPartIsNamed() throws IOException {
        Files.delete(folder.resolve("vae/config.json"));
        assertRefused("'vae': expected it in " + Path.of("vae", "config.json"));
    }

    @Test
    void partOfAnotherClassThanTheIndexSaysIsNamed() throws IOException {
        write("controlnet_1/config.json", "{\"_class_name\": \"ControlNetXSAdapter\"}");
        assertRefused("'_class_name': expected ControlNetModel, as model_index.json says, found 'ControlNetXSAdapter'");
    }

    @Test
    void folderWithoutAnIndexIsNamed() throws IOException {
        Files.delete(folder.resolve("model_index.json"));
        assertRefused("expected a folder with model_index.json");
    }
}
