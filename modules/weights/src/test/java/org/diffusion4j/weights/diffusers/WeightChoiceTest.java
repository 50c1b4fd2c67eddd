package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.Test;

/** What diffusers 0.40 and transformers 5.18 read of the same names, where nothing else is said. */
class WeightChoiceTest {
    private static final WeightPreference HALF = WeightPreference.variant("fp16");
    private static final WeightPreference TORCH = new WeightPreference(null, false);
    private static final String STEM = "diffusion_pytorch_model";

    private static String chosen(WeightPreference preference, String... endings) {
        List<String> names = List.of(endings).stream().map(STEM::concat).toList();
        return WeightChoice.of("unet", names, WeightLayout.DIFFUSERS, preference)
                .file()
                .substring(STEM.length());
    }

    private static String chosenText(WeightPreference preference, String... names) {
        return WeightChoice.of("text_encoder", List.of(names), WeightLayout.TRANSFORMERS, preference)
                .file();
    }

    private static String refusal(WeightLayout layout, WeightPreference preference, String... names) {
        return assertThrows(
                        Diffusion4jException.class, () -> WeightChoice.of("unet", List.of(names), layout, preference))
                .getMessage();
    }

    /** Each file beats those after it. */
    private static void assertOrder(WeightLayout layout, WeightPreference preference, String... files) {
        Set<String> names = new LinkedHashSet<>(List.of(files));
        for (String file : files) {
            assertEquals(file, WeightChoice.of("", names, layout, preference).file());
            names.remove(file);
        }
    }

    @Test
    void diffusersTakesAnIndexThenAWholeFileThenTorchFiles() {
        assertOrder(
                WeightLayout.DIFFUSERS,
                WeightPreference.USUAL,
                STEM + ".safetensors.index.json",
                STEM + ".safetensors",
                STEM + ".bin",
                STEM + ".bin.index.json");
        assertOrder(
                WeightLayout.DIFFUSERS,
                HALF,
                STEM + ".safetensors.index.fp16.json",
                STEM + ".safetensors.fp16.index.json",
                STEM + ".fp16.safetensors",
                STEM + ".fp16.bin",
                STEM + ".bin.index.fp16.json",
                STEM + ".bin.fp16.index.json");
        assertOrder(WeightLayout.DIFFUSERS, TORCH, STEM + ".bin.index.json", STEM + ".bin");
    }

    @Test
    void transformersTakesAWholeFileThenAnIndexThenTorchFiles() {
        assertOrder(
                WeightLayout.TRANSFORMERS,
                WeightPreference.USUAL,
                "model.safetensors",
                "model.safetensors.index.json",
                "pytorch_model.bin",
                "pytorch_model.bin.index.json");
        assertOrder(
                WeightLayout.TRANSFORMERS,
                HALF,
                "model.fp16.safetensors",
                "model.safetensors.index.fp16.json",
                "pytorch_model.fp16.bin",
                "pytorch_model.bin.index.fp16.json");
        assertOrder(WeightLayout.TRANSFORMERS, TORCH, "pytorch_model.bin", "pytorch_model.bin.index.json");
    }

    @Test
    void theFilesOfAVariantAreTheOnlyOnesThatAreTaken() {
        String[] all = {".safetensors", ".fp16.safetensors", ".non_ema.safetensors", ".bin", ".ema.bin"};
        assertEquals(".safetensors", chosen(WeightPreference.USUAL, all));
        assertEquals(".fp16.safetensors", chosen(HALF, all));
        assertEquals(".non_ema.safetensors", chosen(WeightPreference.variant("non_ema"), all));
        assertEquals(".ema.bin", chosen(WeightPreference.variant("ema"), all));
        assertEquals("pytorch_model.fp16.bin", chosenText(HALF, "model.safetensors", "pytorch_model.fp16.bin"));
    }

    @Test
    void aFormatThatIsAskedForIsTheOnlyOneThatIsTaken() {
        assertEquals(".bin", chosen(TORCH, ".safetensors", ".bin"));
        assertEquals(
                "unet: expected diffusion_pytorch_model.safetensors, found only diffusion_pytorch_model.bin",
                refusal(WeightLayout.DIFFUSERS, new WeightPreference(null, true), STEM + ".bin"));
        assertEquals(
                "unet: expected diffusion_pytorch_model.bin, found only diffusion_pytorch_model.safetensors",
                refusal(WeightLayout.DIFFUSERS, TORCH, STEM + ".safetensors"));
    }

    @Test
    void whatIsThereInsteadIsNamed() {
        assertEquals(
                "unet: expected diffusion_pytorch_model.safetensors or diffusion_pytorch_model.bin, found no such file",
                refusal(WeightLayout.DIFFUSERS, WeightPreference.USUAL, "config.json", "model.safetensors"));
        assertEquals(
                "unet: expected model.safetensors or pytorch_model.bin, found only"
                        + " model.safetensors.index.ema.json, pytorch_model.fp16-00001-of-00002.bin"
                        + " (the variant ema or fp16 has to be asked for)",
                refusal(
                        WeightLayout.TRANSFORMERS,
                        WeightPreference.USUAL,
                        "pytorch_model.fp16-00001-of-00002.bin",
                        "model.safetensors.index.ema.json",
                        "flax_model.msgpack"));
        assertEquals(
                "unet: expected diffusion_pytorch_model.fp16.safetensors or diffusion_pytorch_model.fp16.bin, found only"
                        + " diffusion_pytorch_model-00001-of-00002.safetensors, diffusion_pytorch_model-00002-of-00002.safetensors,"
                        + " diffusion_pytorch_model.bin, diffusion_pytorch_model.ema.bin and 1 more",
                refusal(
                        WeightLayout.DIFFUSERS,
                        HALF,
                        STEM + "-00001-of-00002.safetensors",
                        STEM + "-00002-of-00002.safetensors",
                        STEM + ".safetensors.index.json",
                        STEM + ".ema.bin",
                        STEM + ".bin"));
    }

    @Test
    void weightsOfAnyVariantAndFormatAreWeights() {
        for (String name : List.of(
                "diffusion_pytorch_model.bin",
                "diffusion_pytorch_model.non_ema.safetensors",
                "diffusion_pytorch_model.fp16-00001-of-00002.safetensors",
                "diffusion_pytorch_model-00001-of-00002.fp16.safetensors",
                "diffusion_pytorch_model.safetensors.fp16.index.json")) {
            assertTrue(WeightLayout.DIFFUSERS.isOfWeights(name), name);
        }
        assertFalse(WeightLayout.DIFFUSERS.isOfWeights("model.safetensors"));
        assertTrue(WeightLayout.TRANSFORMERS.isOfWeights("pytorch_model-00001-of-00002.bin"));
        assertFalse(WeightLayout.TRANSFORMERS.isOfWeights("model_index.json"));
    }

    @Test
    void aVariantIsAWordInAFilesName() {
        for (String variant : List.of("", "..", "a/b", "a\\b", "fp16 ", "ä", "x".repeat(65))) {
            String message = assertThrows(IllegalArgumentException.class, () -> WeightPreference.variant(variant))
                    .getMessage();
            assertTrue(message.startsWith("variant: expected a word"), message);
        }
        assertEquals("bf16.v-2", WeightPreference.variant("bf16.v-2").variant());
    }
}
