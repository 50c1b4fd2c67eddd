package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.diffusion.sampler.DdimConfig;
import org.diffusion4j.diffusion.sampler.PndmConfig;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.option.ConditionDownBlockType;
import org.diffusion4j.graph.option.ConditionUpBlockType;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelineFolderWriterTest {
    private static final UNet2DConditionConfig UNET = UNet2DConditionConfig.builder()
            .sampleSize(SampleSize.square(8))
            .blockOutChannels(List.of(8))
            .downBlockTypes(List.of(ConditionDownBlockType.CROSS))
            .upBlockTypes(List.of(ConditionUpBlockType.CROSS))
            .layersPerBlock(List.of(1))
            .attentionHeadDim(List.of(2))
            .crossAttentionDim(List.of(8))
            .normNumGroups(4)
            .build();
    private static final AutoencoderKLConfig VAE = AutoencoderKLConfig.builder()
            .blockOutChannels(List.of(8))
            .normNumGroups(4)
            .build();
    private static final ClipTextConfig TEXT = ClipTextConfig.builder()
            .vocabSize(600)
            .hiddenSize(8)
            .intermediateSize(8)
            .numHiddenLayers(1)
            .numAttentionHeads(2)
            .build();

    @TempDir
    Path folder;

    private static PipelineFolderWriter add(PipelineFolderWriter writer, String part, NetworkConfig config) {
        return writer.network(part, config, config.graph().initialWeights(1));
    }

    private static PipelineFolderWriter whole() {
        PipelineFolderWriter writer = new PipelineFolderWriter("StableDiffusionPipeline")
                .scheduler(new PndmConfig())
                .tokenizer(
                        PipelineFolder.TOKENIZER,
                        tokenizer -> Files.writeString(tokenizer.resolve("vocab.json"), "{}"));
        add(writer, PipelineFolder.UNET, UNET);
        add(writer, PipelineFolder.VAE, VAE);
        return add(writer, PipelineFolder.TEXT_ENCODER, TEXT);
    }

    @Test
    void aPipelineThatIsWrittenIsOpenedAgain() {
        whole().write(folder);
        PipelineFolder opened = PipelineFolder.open(folder);
        assertEquals("StableDiffusionPipeline", opened.className());
        assertEquals(List.of(), opened.notes());
        assertEquals(
                Map.of(
                        "scheduler", "PNDMScheduler",
                        "tokenizer", "CLIPTokenizer",
                        "unet", "UNet2DConditionModel",
                        "vae", "AutoencoderKL",
                        "text_encoder", "CLIPTextModel"),
                opened.parts());
        assertEquals(UNET, opened.config(PipelineFolder.UNET, UNet2DConditionConfig.class));
        assertEquals(new PndmConfig(), opened.scheduler());
        try (Component<ClipTextConfig> text = opened.network(PipelineFolder.TEXT_ENCODER, ClipTextConfig.class)) {
            assertEquals(TEXT, text.config());
        }
    }

    @Test
    void anotherPipelineTakesTheFolder() {
        whole().write(folder);
        whole().scheduler(new DdimConfig()).write(folder);
        assertEquals(new DdimConfig(), PipelineFolder.open(folder).scheduler());
    }

    @Test
    void whatIsLeftOutIsNamedAndNothingIsWritten() {
        PipelineFolderWriter writer =
                add(new PipelineFolderWriter("StableDiffusionPipeline"), PipelineFolder.UNET, UNET);
        Path place = folder.resolve("model");
        String message = assertThrows(IllegalArgumentException.class, () -> writer.write(place))
                .getMessage();
        assertEquals("model_index.json, 'vae': expected AutoencoderKL, found nothing", message);
        assertFalse(Files.exists(place));
    }

    @Test
    void aPipelineWithoutAnAutoencoderSaysSo() throws IOException {
        PipelineFolderWriter writer = new PipelineFolderWriter("StableDiffusionPipeline")
                .withoutAutoencoder()
                .scheduler(new DdimConfig());
        add(writer, PipelineFolder.UNET, UNET).write(folder);
        assertTrue(Files.readString(folder.resolve("model_index.json"))
                .replaceAll("\\s", "")
                .contains("\"vae\":[null,null]"));
        assertEquals(
                Set.of("scheduler", "unet"), PipelineFolder.open(folder).parts().keySet());
        assertThrows(IllegalArgumentException.class, () -> whole().withoutAutoencoder());
    }

    @Test
    void aNetworkInAnothersPlaceIsRefused() {
        PipelineFolderWriter writer = new PipelineFolderWriter("StableDiffusionPipeline");
        String message = assertThrows(IllegalArgumentException.class, () -> add(writer, PipelineFolder.UNET, VAE))
                .getMessage();
        assertEquals("unet: expected UNet2DConditionModel, found AutoencoderKL", message);
        assertThrows(IllegalArgumentException.class, () -> add(writer, "net", UNET));
    }
}
