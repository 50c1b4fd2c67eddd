package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartFilesTest {
    private static final Set<String> KEYS =
            Set.of("_class_name", "unet", "vae", "text_encoder", "controlnet", "scheduler", "safety_checker");
    private static final WeightPreference HALF = WeightPreference.variant("fp16");

    private static PartFiles parts(WeightPreference preference, String... paths) {
        return PartFiles.of(new FolderListing("model", Set.of(paths)), KEYS, preference);
    }

    private static String refusal(WeightPreference preference, String... paths) {
        return assertThrows(Diffusion4jException.class, () -> parts(preference, paths))
                .getMessage();
    }

    @Test
    void aPartWithoutAFolderOfItsOwnLiesBesideTheIndex() {
        PartFiles flat =
                parts(WeightPreference.USUAL, "model_index.json", "config.json", "diffusion_pytorch_model.bin", "vae/");
        assertEquals("", flat.place("unet"));
        assertEquals("vae/", flat.place("vae"));
        assertEquals(
                "diffusion_pytorch_model.bin",
                flat.weights("unet", WeightLayout.DIFFUSERS).file());
        String empty = assertThrows(Diffusion4jException.class, () -> flat.weights("vae", WeightLayout.DIFFUSERS))
                .getMessage();
        assertEquals(
                "model/vae: expected diffusion_pytorch_model.safetensors or diffusion_pytorch_model.bin, found no such"
                        + " file",
                empty);
    }

    @Test
    void aVariantIsThatOfThePartsThatHaveIt() {
        PartFiles parts = parts(
                HALF,
                "unet/diffusion_pytorch_model.safetensors",
                "unet/diffusion_pytorch_model.fp16.safetensors",
                "vae/diffusion_pytorch_model.safetensors",
                "controlnet/diffusion_pytorch_model.fp16.bin",
                "text_encoder/model.fp16-00001-of-00002.safetensors");
        assertEquals(HALF, parts.preference("unet"));
        assertEquals(HALF, parts.preference("text_encoder"));
        assertEquals(HALF, parts.preference("controlnet_1"));
        assertEquals(WeightPreference.USUAL, parts.preference("vae"));
        assertEquals(WeightPreference.USUAL, parts.preference("text_encoder_2"));
        assertEquals(
                "diffusion_pytorch_model.safetensors",
                parts.weights("vae", WeightLayout.DIFFUSERS).file());
    }

    @Test
    void aVariantThatNoPartHasIsRefused() {
        String none = "model: expected files of the variant fp16 in the folder of a part, such as"
                + " unet/diffusion_pytorch_model.fp16.safetensors, found none";
        assertEquals(none, refusal(HALF, "unet/diffusion_pytorch_model.safetensors", "unet/README"));
        assertEquals(none, refusal(HALF, "diffusion_pytorch_model.fp16.safetensors"));
        assertEquals(none, refusal(HALF, "elsewhere/diffusion_pytorch_model.fp16.safetensors"));
    }

    @Test
    void aFolderIsListedWithThoseOfItsParts(@TempDir Path folder) throws IOException {
        Files.createDirectories(folder.resolve("unet/deeper"));
        Files.createDirectories(folder.resolve("vae"));
        Files.createDirectories(folder.resolve("other"));
        for (String file : List.of("config.json", "unet/config.json", "unet/deeper/x", "other/x")) {
            Files.createFile(folder.resolve(file));
        }
        FolderListing listing = FolderListing.of(folder, List.of("unet", "vae", "scheduler"));
        assertEquals(
                Set.of("config.json", "unet/", "unet/config.json", "unet/deeper/", "vae/", "other/"), listing.paths());
        assertEquals(Set.of("config.json"), listing.names("unet/"));
        assertEquals(Set.of("config.json"), listing.names(""));
        assertEquals("vae/", listing.place("vae"));
    }
}
