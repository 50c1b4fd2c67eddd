package org.diffusion4j.pipeline.prompt;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.diffusion4j.pipeline.part.SampleSpace;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.embedding.TextualInversion;
import org.diffusion4j.weights.lora.LoraSet;

/**
 * What is known of a model before its weights are read.
 *
 * @param parts its parts
 * @param unet the options of the denoising network
 * @param space what the network denoises
 * @param encoders the texts' encoders with their tokenizers: none, one or SDXL's two
 * @param additions the adapters and learned words that change it
 */
record PromptModel(
        PipelineParts parts,
        UNet2DConditionConfig unet,
        SampleSpace space,
        List<PromptEncoder> encoders,
        Additions additions) {
    /** What a prompt, its size and its guidance give. */
    private static final Set<String> KNOWN_INPUTS = Set.of(
            UNet2DConditionGraph.SAMPLE,
            UNet2DConditionGraph.TIMESTEP,
            UNet2DConditionGraph.CONTEXT,
            UNet2DConditionGraph.TIMESTEP_CONDITION,
            UNet2DConditionGraph.TEXT,
            UNet2DConditionGraph.NUMBERS);

    /** What a network that fills pictures in sees beside the latents: the mask. */
    private static final int MASK_CHANNELS = 1;

    PromptModel {
        encoders = List.copyOf(encoders);
    }

    static PromptModel open(PipelineParts parts) {
        UNet2DConditionConfig unet = parts.config(PipelineFolder.UNET, UNet2DConditionConfig.class);
        SampleSpace space = SampleSpace.of(parts);
        List<PromptEncoder> encoders = new ArrayList<>();
        if (parts.has(PipelineFolder.TEXT_ENCODER)) {
            encoders.add(PromptEncoder.open(parts, PipelineFolder.TEXT_ENCODER, PipelineFolder.TOKENIZER));
        }
        if (parts.has(PipelineFolder.TEXT_ENCODER_2)) {
            encoders.add(PromptEncoder.open(parts, PipelineFolder.TEXT_ENCODER_2, PipelineFolder.TOKENIZER_2));
        }
        PromptModel model = new PromptModel(parts, unet, space, encoders, Additions.NONE);
        model.check();
        return model;
    }

    /** The same model with additions, which are checked against it. */
    PromptModel with(Additions others) {
        List<TextualInversion> words = others.read();
        List<PromptEncoder> changed = new ArrayList<>();
        for (int i = 0; i < encoders.size(); i++) {
            changed.add(encoders.get(i).with(others, words));
        }
        for (TextualInversion word : words) {
            word.requireEncoders(encoders.stream().map(PromptEncoder::part).collect(Collectors.toSet()));
            if (encoders.stream().noneMatch(encoder -> encoder.knows(word))) {
                throw new Diffusion4jException(word.file() + ": expected vectors as wide as a text encoder's ("
                        + encoders.stream()
                                .map(encoder ->
                                        Integer.toString(encoder.config().hiddenSize()))
                                .collect(Collectors.joining(" or "))
                        + "), found " + word.widths());
            }
        }
        if (!others.loras().isEmpty()) {
            Map<String, Map<String, long[]>> shapes = new LinkedHashMap<>();
            shapes.put(PipelineFolder.UNET, unet.parameterShapes());
            encoders.forEach(
                    encoder -> shapes.put(encoder.part(), encoder.config().parameterShapes()));
            try (LoraSet loras = others.open()) {
                loras.requireFit(shapes);
            }
        }
        return new PromptModel(parts, unet, space, changed, others);
    }

    private void check() {
        Path file = parts.configFile(PipelineFolder.UNET);
        for (NetworkTensor input : unet.inputs()) {
            if (!KNOWN_INPUTS.contains(input.name())) {
                throw new Diffusion4jException(
                        file + ": expected a network that needs a prompt and its size only, found one that needs "
                                + input.name());
            }
        }
        int channels = space.channels();
        if (unet.inChannels() != channels && unet.inChannels() != 2 * channels + MASK_CHANNELS) {
            throw new Diffusion4jException(file + ", in_channels: expected " + channels + " as " + space.origin()
                    + " has them, or " + (2 * channels + MASK_CHANNELS) + " with a mask, found " + unet.inChannels());
        }
        if (unet.outChannels() != channels) {
            throw new Diffusion4jException(file + ", out_channels: expected " + channels + " as " + space.origin()
                    + " has them, found " + unet.outChannels());
        }
    }

    /** Whether the network sees a mask and what is kept, so that it fills in pictures only. */
    boolean fillsIn() {
        return unet.inChannels() != space.channels();
    }

    /** The size in pixels that the model draws best; null if it has none. */
    SampleSize usualSize() {
        SampleSize samples = unet.sampleSize();
        return samples == null ? null : space.pictureSize(samples);
    }

    /** Whether zeros stand for no negative text; otherwise the empty text does. */
    boolean zeroesNoText() {
        return isXl() && parts.forcesZeros();
    }

    /** The guidance of the diffusers pipeline of that name, if nothing else is said. */
    double usualGuidance() {
        return isConsistency() ? 8.5 : isXl() ? 5 : 7.5;
    }

    boolean isXl() {
        return parts.className().contains("XL");
    }

    /** Whether it is a latent consistency model, whose network is told the guidance, and whose strength chooses the steps. */
    boolean isConsistency() {
        return parts.className().startsWith("LatentConsistency");
    }

    boolean hasInput(String name) {
        return unet.inputs().stream().anyMatch(input -> input.name().equals(name));
    }
}
