package org.diffusion4j.examples;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.controlnet.ControlNetConfig;
import org.diffusion4j.graph.option.ConditionDownBlockType;
import org.diffusion4j.graph.option.ConditionUpBlockType;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.graph.vae.DecoderBlockType;
import org.diffusion4j.graph.vae.EncoderBlockType;
import org.diffusion4j.text.ClipTokenizer;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineFolderWriter;

/** A Stable Diffusion of your own options in diffusers' layout: {@code examples/run TinyStableDiffusion [FOLDER]}. */
public final class TinyStableDiffusion {
    /** The number of ids of a prompt. */
    private static final int LENGTH = 77;

    private static final int TEXT_WIDTH = 32;

    private static final UNet2DConditionConfig UNET = UNet2DConditionConfig.builder()
            .sampleSize(SampleSize.square(8)) // of the latents, whose pictures are 64×64
            .blockOutChannels(List.of(32, 64))
            .downBlockTypes(List.of(ConditionDownBlockType.CROSS, ConditionDownBlockType.DOWN))
            .upBlockTypes(List.of(ConditionUpBlockType.UP, ConditionUpBlockType.CROSS))
            .layersPerBlock(List.of(1))
            .attentionHeadDim(List.of(4))
            .crossAttentionDim(List.of(TEXT_WIDTH))
            .build();

    private static final AutoencoderKLConfig VAE = AutoencoderKLConfig.builder()
            .blockOutChannels(List.of(8, 8, 16, 16))
            .downBlockTypes(Collections.nCopies(4, EncoderBlockType.DOWN))
            .upBlockTypes(Collections.nCopies(4, DecoderBlockType.UP))
            .normNumGroups(4)
            .sampleSize(SampleSize.square(64))
            .build();

    private static final ClipTextConfig TEXT_ENCODER = ClipTextConfig.builder()
            .vocabSize(2 * 256 + 2) // each byte, each byte at a word's end, start and end
            .eosTokenId(2 * 256 + 1)
            .hiddenSize(TEXT_WIDTH)
            .intermediateSize(4 * TEXT_WIDTH)
            .numHiddenLayers(2)
            .numAttentionHeads(4)
            .maxPositionEmbeddings(LENGTH)
            .build();

    /** The encoder of the U-Net once more, and before it what makes latents' size of the picture's. */
    private static final ControlNetConfig CONTROLNET = ControlNetConfig.builder()
            .blockOutChannels(UNET.blockOutChannels())
            .downBlockTypes(UNET.downBlockTypes())
            .layersPerBlock(1)
            .attentionHeadDim(UNET.attentionHeadDim())
            .crossAttentionDim(UNET.crossAttentionDim())
            .conditioningEmbeddingOutChannels(List.of(8, 8, 16, 16))
            .build();

    private TinyStableDiffusion() {}

    /**
     * Writes the folder in the layout of Python's {@code StableDiffusionPipeline.save_pretrained}.
     *
     * @param arguments the folder, tiny-stable-diffusion if it isn't given
     */
    public static void main(String[] arguments) {
        write(Path.of(arguments.length > 0 ? arguments[0] : "tiny-stable-diffusion"));
    }

    /** Writes a model that draws pictures of a text, and says so. */
    static Path write(Path folder) {
        pipeline("StableDiffusionPipeline").write(folder);
        return said(folder);
    }

    /** Writes such a model with a ControlNet, and says so. */
    static Path writeWithControlNet(Path folder) {
        PipelineFolderWriter pipeline = pipeline("StableDiffusionControlNetPipeline");
        // The weights are the same at any size.
        pipeline.network(
                PipelineFolder.CONTROLNET,
                CONTROLNET,
                CONTROLNET.graph().size(8, 8).initialWeights(1));
        pipeline.write(folder);
        return said(folder);
    }

    private static PipelineFolderWriter pipeline(String className) {
        PipelineFolderWriter pipeline = new PipelineFolderWriter(className);
        add(pipeline, PipelineFolder.UNET, UNET);
        add(pipeline, PipelineFolder.VAE, VAE);
        add(pipeline, PipelineFolder.TEXT_ENCODER, TEXT_ENCODER);
        return pipeline.tokenizer(
                        PipelineFolder.TOKENIZER, tokenizer -> ClipTokenizer.write(tokenizer, List.of(), LENGTH))
                .scheduler(SchedulerKind.DDIM.of(Map.of(
                        "beta_schedule",
                        "scaled_linear",
                        "beta_start",
                        0.00085,
                        "beta_end",
                        0.012,
                        "clip_sample",
                        false,
                        "set_alpha_to_one",
                        false,
                        "steps_offset",
                        1)));
    }

    private static void add(PipelineFolderWriter pipeline, String part, NetworkConfig network) {
        pipeline.network(part, network, network.graph().initialWeights(1));
    }

    private static Path said(Path folder) {
        System.out.printf(
                Locale.ROOT,
                "a tiny Stable Diffusion is in %s; its weights are random, so it draws no more than colours%n",
                folder);
        return folder;
    }
}
