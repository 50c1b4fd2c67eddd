package org.diffusion4j.zoo;

import java.util.Map;

/** SDXL-Turbo: pictures of a text in 1 to 4 steps, 512×512 (Sauer et al. 2023, arXiv:2311.17042). */
public final class SdxlTurbo extends HubPipelineModel {
    /** The model's name. */
    public static final String NAME = "sdxl-turbo";

    /** Makes the entry. */
    public SdxlTurbo() {
        super(
                NAME,
                "pictures of a text in 1 to 4 steps, 512x512",
                new HubRepository(
                        "stabilityai/sdxl-turbo", "sai-nc-community", "71153311d3dbb46851df1931d3ca6e939de83304"),
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
