package org.diffusion4j.zoo;

import java.util.Map;

/** Stable Diffusion XL: pictures of a text, 1024×1024 (Podell et al. 2023, arXiv:2307.01952). */
public final class StableDiffusionXl extends HubPipelineModel {
    /** The model's name. */
    public static final String NAME = "stable-diffusion-xl-base-1.0";

    /** Makes the entry. */
    public StableDiffusionXl() {
        super(
                NAME,
                "pictures of a text, 1024x1024",
                new HubRepository(
                        "stabilityai/stable-diffusion-xl-base-1.0",
                        "openrail++",
                        "462165984030d82259a11f4367a4eed129e94a7b"),
                Map.of(
                        "unet",
                        "sdxl-base-unet",
                        "vae",
                        "sdxl-vae",
                        "text_encoder",
                        "clip-vit-l14-text",
                        "text_encoder_2",
                        "openclip-vit-bigg-text-sdxl"));
    }
}
