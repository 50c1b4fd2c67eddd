package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.adm.AdmClassifierConfig;
import org.diffusion4j.graph.adm.AdmUNetConfig;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.graph.vae.AutoencoderTinyConfig;
import org.diffusion4j.graph.vae.DecoderBlockType;
import org.diffusion4j.graph.vae.EncoderBlockType;
import org.diffusion4j.weights.file.PythonJson;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Whatever stands in the configuration of an autoencoder, a text encoder or one of guided-diffusion's networks: the network is built, or refused by name. */
class ComponentFuzzTest {
    private static final AutoencoderKLConfig KL = AutoencoderKLConfig.builder()
            .downBlockTypes(List.of(EncoderBlockType.DOWN, EncoderBlockType.DOWN))
            .upBlockTypes(List.of(DecoderBlockType.UP, DecoderBlockType.UP))
            .blockOutChannels(List.of(8, 16))
            .normNumGroups(4)
            .latentsMean(List.of(0.0, 0.1, 0.2, 0.3))
            .latentsStd(List.of(1.0, 2.0, 0.5, 1.5))
            .build();
    private static final AutoencoderTinyConfig TINY = AutoencoderTinyConfig.builder()
            .encoderBlockOutChannels(List.of(4, 4))
            .decoderBlockOutChannels(List.of(6, 6))
            .numEncoderBlocks(List.of(1, 2))
            .numDecoderBlocks(List.of(1, 0))
            .build();
    private static final ClipTextConfig TEXT = ClipTextConfig.builder()
            .vocabSize(50)
            .hiddenSize(8)
            .intermediateSize(12)
            .projectionDim(6)
            .numHiddenLayers(2)
            .numAttentionHeads(2)
            .textProjection(true)
            .build();

    private static final AdmUNetConfig ADM = AdmUNetConfig.builder()
            .modelChannels(32)
            .numResBlocks(1)
            .channelMult(List.of(1.0, 2.0))
            .attentionResolutions(List.of(2))
            .numClasses(10)
            .build();
    private static final AdmClassifierConfig CLASSIFIER = AdmClassifierConfig.builder()
            .modelChannels(32)
            .numResBlocks(1)
            .channelMult(List.of(1.0, 2.0))
            .attentionResolutions(List.of(2))
            .numHeadChannels(8)
            .build();

    /** The files that are edited, by the name of their weights' library. */
    private static final Map<String, NetworkConfig> STARTS = new LinkedHashMap<>();

    static {
        STARTS.put(PythonJson.print(AutoencoderFormats.KL.toJson(KL)), KL);
        STARTS.put(PythonJson.print(AutoencoderFormats.TINY.toJson(TINY)), TINY);
        STARTS.put(PythonJson.print(ClipTextFormats.WITH_PROJECTION.toJson(TEXT)), TEXT);
        STARTS.put(PythonJson.print(AdmFormats.UNET.toJson(ADM)), ADM);
        STARTS.put(PythonJson.print(AdmFormats.CLASSIFIER.toJson(CLASSIFIER)), CLASSIFIER);
    }

    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsReadBack() throws IOException {
        for (Map.Entry<String, NetworkConfig> start : STARTS.entrySet()) {
            assertEquals(start.getValue(), ComponentFolder.readConfig(write(start.getKey())));
        }
    }

    @Test
    void editedConfigsAreBuiltOrRefused() throws IOException {
        edit(100, 1);
    }

    @Test
    @Tag("slow")
    void manyEditedConfigsAreBuiltOrRefused() throws IOException {
        edit(20_000, 2);
    }

    private Path write(String json) throws IOException {
        return Files.writeString(folder.resolve("config.json"), json);
    }

    private void edit(int times, long seed) throws IOException {
        for (String start : STARTS.keySet()) {
            int built = 0;
            for (int i = 0; i < times; i++) {
                Path file = write(ConfigFuzzTest.edited(start, new Random(seed * 1_000_003 + i)));
                try {
                    assertFalse(
                            ComponentFolder.readConfig(file).parameterShapes().isEmpty());
                    built++;
                } catch (Diffusion4jException e) {
                    assertEquals(-1, e.getMessage().indexOf('\n'), "one line");
                }
            }
            assertTrue(0 < built && built < times, built + " of " + times + " were built");
        }
    }

    /** The same, held against weights. */
    @Test
    void editedConfigsOfAFolderAreReadOrRefused() throws IOException {
        for (Map.Entry<String, NetworkConfig> start : STARTS.entrySet()) {
            if (start.getValue() == ADM || start.getValue() == CLASSIFIER) {
                continue; // their weights are in files of another kind
            }
            Map<String, INDArray> weights = new LinkedHashMap<>();
            start.getValue().graph().initialWeights(1).forEach((name, source) -> weights.put(name, source.array()));
            String file = start.getValue() == TEXT ? "model.safetensors" : "diffusion_pytorch_model.safetensors";
            SafetensorsWriter.writeArrays(folder.resolve(file), weights);
            int read = 0;
            for (int i = 0; i < 60; i++) {
                write(i == 0 ? start.getKey() : ConfigFuzzTest.edited(start.getKey(), new Random(i)));
                try (Component<?> component = ComponentFolder.read(folder)) {
                    assertEquals(weights.keySet(), component.tensors().keySet());
                    read++;
                } catch (Diffusion4jException e) {
                    assertEquals(-1, e.getMessage().indexOf('\n'), "one line");
                }
            }
            assertTrue(0 < read && read < 60, read + " were read");
            Files.delete(folder.resolve(file));
        }
    }
}
