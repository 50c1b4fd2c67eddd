package org.diffusion4j.weights.singlefile;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.singlefile.OriginalNames.Family;
import org.diffusion4j.weights.tensor.Tensor;

/** Which networks a single file holds, and under which names. */
public enum SingleFileLayout {
    /** Stable Diffusion 1 and its inpainting: OpenAI's text encoder. */
    SD1(new SingleFilePart(PipelineFolder.TEXT_ENCODER, "cond_stage_model.transformer.", Family.CLIP)),
    /** Stable Diffusion 2: OpenCLIP's text encoder. */
    SD2(new SingleFilePart(PipelineFolder.TEXT_ENCODER, "cond_stage_model.model.", Family.OPEN_CLIP)),
    /** Stable Diffusion XL: both. */
    SDXL(
            new SingleFilePart(PipelineFolder.TEXT_ENCODER, "conditioner.embedders.0.transformer.", Family.CLIP),
            new SingleFilePart(PipelineFolder.TEXT_ENCODER_2, "conditioner.embedders.1.model.", Family.OPEN_CLIP)),
    /** Stable Diffusion XL's refiner: the second one only. */
    SDXL_REFINER(new SingleFilePart(PipelineFolder.TEXT_ENCODER_2, "conditioner.embedders.0.model.", Family.OPEN_CLIP)),
    /** An autoencoder of its own. */
    AUTOENCODER;

    static final String UNET_PREFIX = "model.diffusion_model.";
    static final String VAE_PREFIX = "first_stage_model.";

    private static final SingleFilePart UNET = new SingleFilePart(PipelineFolder.UNET, UNET_PREFIX, Family.UNET);
    private static final SingleFilePart VAE = new SingleFilePart(PipelineFolder.VAE, VAE_PREFIX, Family.AUTOENCODER);
    private static final SingleFilePart VAE_ALONE = new SingleFilePart(PipelineFolder.VAE, "", Family.AUTOENCODER);

    /** Tensors that are in every file of a denoising network with attention to a text, or of an autoencoder. */
    private static final String ATTENTION = UNET_PREFIX + "middle_block.1.transformer_blocks.0.attn2.to_k.weight";

    private static final List<String> ALONE = List.of("encoder.conv_in.weight", "decoder.up.0.block.0.conv1.weight");

    /** The width of the text that a network reads, where its file has no text encoder. */
    private static final Map<Long, SingleFileLayout> WIDTHS =
            Map.of(768L, SD1, 1024L, SD2, 2048L, SDXL, 1280L, SDXL_REFINER);

    private final List<SingleFilePart> encoders;

    SingleFileLayout(SingleFilePart... encoders) {
        this.encoders = List.of(encoders);
    }

    /** The networks, text encoders first, as a file of this layout may have them. */
    List<SingleFilePart> parts() {
        return switch (this) {
            case AUTOENCODER -> List.of(VAE_ALONE);
            case SDXL -> List.of(encoders.get(0), encoders.get(1), UNET, VAE);
            default -> List.of(encoders.get(0), UNET, VAE);
        };
    }

    /** @return empty if a file of this layout never has such a network */
    Optional<SingleFilePart> part(String component) {
        return parts().stream()
                .filter(part -> part.component().equals(component))
                .findFirst();
    }

    /**
     * Finds out a file's layout.
     *
     * @param tensors the file's tensors by their names
     * @return empty if they are no checkpoint of this family
     */
    static Optional<SingleFileLayout> of(Map<String, ? extends Tensor> tensors) {
        Set<String> names = tensors.keySet();
        boolean network = hasPrefix(names, UNET_PREFIX + "input_blocks.");
        for (SingleFileLayout layout : List.of(SDXL, SDXL_REFINER, SD2, SD1)) {
            // Of two encoders the second tells the layouts apart.
            String prefix = layout.encoders.get(layout.encoders.size() - 1).prefix();
            if (network && hasPrefix(names, prefix)) {
                return Optional.of(layout);
            }
        }
        if (network && tensors.containsKey(ATTENTION)) {
            long[] shape = tensors.get(ATTENTION).shape();
            return Optional.ofNullable(shape.length == 2 ? WIDTHS.get(shape[1]) : null);
        }
        return names.containsAll(ALONE) ? Optional.of(AUTOENCODER) : Optional.empty();
    }

    private static boolean hasPrefix(Set<String> names, String prefix) {
        return names.stream().anyMatch(name -> name.startsWith(prefix));
    }
}
