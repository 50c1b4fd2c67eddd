package org.diffusion4j.weights.adm;

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
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.respaced.GuidedNoise;
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
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        TINY.graph().initialWeights(1).forEach((key, source) -> arrays.put(key, source.array()));
        Path file = folder.resolve(name);
        SafetensorsWriter.writeArrays(file, arrays);
        return file;
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
            assertEquals(GuidedNoise.COSINE, model.diffusion().noiseSchedule());
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
}
