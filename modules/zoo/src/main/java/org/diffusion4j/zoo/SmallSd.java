package org.diffusion4j.zoo;

import java.util.Map;

/** Segmind's Small-SD: two thirds of Stable Diffusion 1.5's U-Net, distilled (Kim et al. 2023, arXiv:2305.15798). */
public final class SmallSd extends HubPipelineModel {
    /** The model's name. */
    public static final String NAME = "small-sd";

    /** Makes the entry. */
    public SmallSd() {
        super(
                NAME,
                "pictures of a text, 512x512",
                new HubRepository("segmind/small-sd", "creativeml-openrail-m"),
                Map.of("unet", "small-sd-unet", "vae", "sd-vae", "text_encoder", "clip-vit-l14-text"));
    }
}
