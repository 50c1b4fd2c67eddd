package org.diffusion4j.weights.adm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.respaced.DiffusionOptions;
import org.diffusion4j.diffusion.respaced.GuidedNoise;
import org.diffusion4j.diffusion.respaced.Respacing;
import org.diffusion4j.diffusion.sampler.Preconditioning;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.adm.AdmUNetConfig;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

class AdmModelTest {
    private static final AdmUNetConfig TINY = AdmUNetConfig.builder()
            .imageSize(8)
            .modelChannels(32)
            .numResBlocks(1)
            .attentionResolutions(List.of())
            .channelMult(List.of(1.0))
            .build();

    @TempDir
    Path folder;

    private Path written(String name) {
        return written(name, TINY);
    }

    @Test
    void fileBesideSaysWhichNetworkItIs() throws IOException {
        Path file = written("mine.safetensors");
        Files.writeString(
                folder.resolve("mine.json"),
                """
                {"_class_name": "UNetModel", "image_size": 8, "model_channels": 32, "num_res_blocks": 1,
                 "attention_resolutions": [], "channel_mult": [1], "num_heads": 2, "noise_schedule": "cosine"}""");
        assertTrue(AdmModel.isOne(file));
        try (AdmModel model = AdmModel.open(file, null)) {
            assertEquals(2, model.unet().numHeads());
            assertEquals(GuidedNoise.COSINE, model.process().diffusion().noiseSchedule());
            assertEquals(List.of(), model.notes());
        }
    }

    @Test
    void fileAloneIsRefusedAsHeadsCannotBeSeen() {
        Path file = written("64x64_diffusion.safetensors");
        Diffusion4jException refused = assertThrows(Diffusion4jException.class, () -> AdmModel.open(file, null));
        assertTrue(refused.getMessage().contains("heads"), refused.getMessage());
    }

    @Test
    void tensorsOfAnotherPresetAreNamed() {
        Path file = written("mine.safetensors");
        Diffusion4jException refused =
                assertThrows(Diffusion4jException.class, () -> AdmModel.open(file, AdmPreset.LSUN256));
        assertTrue(refused.getMessage().contains("mine.safetensors, '"), refused.getMessage());
    }

    @Test
    void otherFilesAreNotOne() throws IOException {
        Path text = Files.writeString(folder.resolve("a.pt"), "nothing of the kind");
        assertFalse(AdmModel.isOne(text));
        assertFalse(AdmModel.isOne(folder));
        assertFalse(AdmModel.isOne(folder.resolve("missing.pt")));
    }

    private static final String FLAGS =
            """
            {"image_size": 64, "num_channels": 32, "num_res_blocks": 1, "learn_sigma": true, "class_cond": "True",
             "attention_resolutions": "32,16", "channel_mult": "1,2", "num_head_channels": 16, "resblock_updown": true,
             "use_scale_shift_norm": true, "use_new_attention_order": true, "noise_schedule": "cosine",
             "diffusion_steps": 4000, "rescale_timesteps": true, "timestep_respacing": "ddim25", "use_fp16": true""";

    private Path written(String name, NetworkConfig config) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        config.graph().initialWeights(1).forEach((key, source) -> arrays.put(key, source.array()));
        Path file = folder.resolve(name);
        SafetensorsWriter.writeArrays(file, arrays);
        return file;
    }

    private static final AdmUNetConfig FLAGGED = AdmUNetConfig.builder()
            .imageSize(64)
            .modelChannels(32)
            .outChannels(6)
            .numResBlocks(1)
            .attentionResolutions(List.of(2, 4))
            .channelMult(List.of(1.0, 2.0))
            .numClasses(1000)
            .numHeads(4)
            .numHeadChannels(16)
            .useScaleShiftNorm(true)
            .resblockUpdown(true)
            .useNewAttentionOrder(true)
            .build();

    @Test
    void flagsOfTheScriptsSayWhichNetworkItIs() throws IOException {
        Path file = written("mine.safetensors", FLAGGED);
        Files.writeString(folder.resolve("config.json"), FLAGS + ", \"lr\": 1e-4" + "}");
        try (AdmModel model = AdmModel.open(file, null)) {
            assertEquals(FLAGGED, model.unet());
            assertEquals(
                    new DiffusionOptions(4000, GuidedNoise.COSINE, false, true),
                    model.process().diffusion());
            assertEquals(Respacing.parse("ddim25"), model.process().respacing());
            assertNull(model.process().preconditioning());
            assertEquals(List.of("flags that say nothing of the network have no effect: 'lr'"), model.notes());
        }
    }

    @Test
    void flagsThatAreMissingHaveTheScriptsDefaults() throws IOException {
        AdmUNetConfig usual = AdmUNetConfig.builder()
                .imageSize(64)
                .modelChannels(32)
                .numResBlocks(2)
                .attentionResolutions(List.of(4, 8))
                .channelMult(List.of(1.0, 2.0, 3.0, 4.0))
                .numHeads(4)
                .useScaleShiftNorm(true)
                .build();
        Path file = written("mine.safetensors", usual);
        Files.writeString(folder.resolve("mine.json"), "{\"num_channels\": 32, \"channel_mult\": \"\"}");
        try (AdmModel model = AdmModel.open(file, null)) {
            assertEquals(usual, model.unet());
            assertNull(model.process().respacing());
        }
    }

    @Test
    void flagsOfConsistencyModelsSayThatItIsPreconditioned() throws IOException {
        AdmUNetConfig config = FLAGGED.toBuilder().outChannels(3).build();
        Path file = written("edm.safetensors", config);
        String flags = FLAGS.replace("\"learn_sigma\": true", "\"learn_sigma\": false");
        Files.writeString(
                folder.resolve("config.json"),
                flags + ", \"sigma_max\": 40, \"weight_schedule\": \"karras\", \"training_mode\": \"edm\"" + "}");
        try (AdmModel model = AdmModel.open(file, null)) {
            assertEquals(config, model.unet());
            assertEquals(
                    new Preconditioning(0.002, 40, 0.5, 7, 1000),
                    model.process().preconditioning());
        }
        Files.writeString(folder.resolve("config.json"), flags + ", \"training_mode\": \"consistency_training\"" + "}");
        assertRefused(file, "config.json, 'training_mode': expected edm");
    }

    @Test
    void flagThatIsNoneIsNamed() throws IOException {
        Path file = written("mine.safetensors", FLAGGED);
        Files.writeString(folder.resolve("config.json"), FLAGS.replace("\"32,16\"", "\"32,x\"") + "}");
        assertRefused(file, "config.json, 'attention_resolutions': expected a whole number, found 'x'");
        Files.writeString(folder.resolve("config.json"), FLAGS.replace("\"True\"", "\"perhaps\"") + "}");
        assertRefused(file, "config.json, 'class_cond': expected true or false, found 'perhaps'");
    }

    private static void assertRefused(Path file, String message) {
        Diffusion4jException refused = assertThrows(Diffusion4jException.class, () -> AdmModel.open(file, null));
        assertTrue(refused.getMessage().contains(message), refused.getMessage());
    }
}
