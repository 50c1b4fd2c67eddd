package org.diffusion4j.zoo;

import java.util.Map;

/** SD-Turbo: pictures of a text in 1 to 4 steps, 512×512 (Sauer et al. 2023, arXiv:2311.17042). */
public final class SdTurbo extends HubPipelineModel {
    /** The model's name. */
    public static final String NAME = "sd-turbo";

    /** Makes the entry. */
    public SdTurbo() {
        super(
                NAME,
                "pictures of a text in 1 to 4 steps, 512x512",
                new HubRepository(
                        "stabilityai/sd-turbo", "sai-nc-community", "b261bac6fd2cf515557d5d0707481eafa0485ec2"),
                Map.of("unet", "sd21-unet", "vae", "sd-vae", "text_encoder", "openclip-vit-h-text-sd2"));
    }
}
