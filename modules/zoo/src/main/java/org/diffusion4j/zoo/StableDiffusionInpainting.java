package org.diffusion4j.zoo;

import java.util.Map;

/** Stable Diffusion 1.5 for inpainting: fills a masked part of a picture by a text, 512×512. */
public final class StableDiffusionInpainting extends HubPipelineModel {
    /** The model's name. */
    public static final String NAME = "stable-diffusion-inpainting";

    /** Makes the entry. */
    public StableDiffusionInpainting() {
        super(
                NAME,
                "parts of a picture by a text, 512x512",
                new HubRepository(
                        "stable-diffusion-v1-5/stable-diffusion-inpainting",
                        "creativeml-openrail-m",
                        "8a4288a76071f7280aedbdb3253bdb9e9d5d84bb"),
                Map.of("unet", "sd15-inpainting-unet", "vae", "sd-vae", "text_encoder", "clip-vit-l14-text"));
    }
}
