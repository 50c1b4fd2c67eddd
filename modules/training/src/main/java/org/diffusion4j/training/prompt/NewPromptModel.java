package org.diffusion4j.training.prompt;

import static org.diffusion4j.Requirement.requireGiven;

import java.nio.file.Path;
import java.util.Collection;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetShape;
import org.diffusion4j.graph.cliptext.ClipActivation;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.cliptext.ClipTextGraph;
import org.diffusion4j.graph.unet2dcondition.ConditionShape;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.diffusion4j.text.ClipTokenizer;
import org.diffusion4j.text.ReducedVocabulary;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineFolderWriter;
import org.diffusion4j.weights.diffusers.PipelineParts;

/**
 * A new model that draws pictures of texts without an autoencoder: a U-Net and a text encoder with initial weights, and a tokenizer whose
 * vocabulary is the part of CLIP's that the captions need.
 *
 * @param unet the U-Net's widths, layers and attention
 * @param text the text encoder's size
 * @param size of the pictures
 * @param channels of the pictures
 * @param scheduler the noise schedule, and what is predicted
 * @param settings how it draws best
 */
public record NewPromptModel(
        UNetShape unet,
        TextShape text,
        SampleSize size,
        int channels,
        SchedulerConfig scheduler,
        ModelSettings settings) {
    private static final String PAD = "<|endoftext|>";
    /** A transformer's inner width, by its outer one. */
    private static final int INNER = 4;

    /**
     * Writes the model's folder.
     *
     * @param folder the folder
     * @param captions whose words the tokenizer knows as wholes; it encodes other words by their parts
     * @param seed of the weights
     * @throws IllegalArgumentException if there is no such network
     * @throws org.diffusion4j.Diffusion4jException if it can't be written
     */
    public void write(Path folder, Collection<String> captions, long seed) {
        ClipTokenizer tokenizer = tokenizer(captions);
        ClipTextConfig encoder = encoder(tokenizer);
        UNet2DConditionConfig config = config();
        new PipelineFolderWriter("StableDiffusionPipeline")
                .withoutAutoencoder()
                .network(
                        PipelineFolder.UNET,
                        config,
                        UNet2DConditionGraph.of(config).initialWeights(seed))
                .network(
                        PipelineFolder.TEXT_ENCODER,
                        encoder,
                        ClipTextGraph.of(encoder).initialWeights(seed))
                .tokenizer(PipelineFolder.TOKENIZER, tokenizer::writeTo)
                .scheduler(scheduler)
                .settings(settings)
                .write(folder);
    }

    /**
     * Checks that a model which was written before is what this would write, but for the weights.
     *
     * @param parts the model
     * @param captions as for {@link #write}
     * @throws org.diffusion4j.Diffusion4jException if its networks have other options
     */
    public void requireIn(PipelineParts parts, Collection<String> captions) {
        requireSame(parts, PipelineFolder.UNET, config());
        requireSame(parts, PipelineFolder.TEXT_ENCODER, encoder(tokenizer(captions)));
    }

    private static void requireSame(PipelineParts parts, String part, NetworkConfig expected) {
        NetworkConfig found = parts.config(part, NetworkConfig.class);
        requireGiven(
                found.equals(expected),
                parts.configFile(part).toString(),
                "the network of the given options, as the run began with it",
                "another one");
    }

    private UNet2DConditionConfig config() {
        return ConditionShape.config(unet, size, channels, text.width());
    }

    private ClipTokenizer tokenizer(Collection<String> captions) {
        return ReducedVocabulary.of(ClipTokenizer.packed(PAD), captions, text.length());
    }

    private ClipTextConfig encoder(ClipTokenizer tokenizer) {
        return ClipTextConfig.builder()
                .vocabSize(tokenizer.vocabularySize())
                .hiddenSize(text.width())
                .intermediateSize(INNER * text.width())
                .projectionDim(text.width())
                .numHiddenLayers(text.layers())
                .numAttentionHeads(text.heads())
                .maxPositionEmbeddings(text.length())
                .hiddenAct(ClipActivation.QUICK_GELU)
                .eosTokenId(tokenizer.special().end())
                .build();
    }
}
