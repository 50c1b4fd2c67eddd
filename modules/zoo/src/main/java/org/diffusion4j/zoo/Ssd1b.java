package org.diffusion4j.zoo;

import java.util.Map;

/** Segmind's SSD-1B: half of Stable Diffusion XL's U-Net, distilled (Gupta et al. 2024, arXiv:2401.02677). */
public final class Ssd1b extends HubPipelineModel {
    /** The model's name. */
    public static final String NAME = "ssd-1b";

    /** Makes the entry. */
    public Ssd1b() {
        super(
                NAME,
                "pictures of a text, 1024x1024",
                new HubRepository("segmind/SSD-1B", "apache-2.0", "60987f37e94cd59c36b1cba832b9f97b57395a10"),
                Map.of(
                        "unet",
                        "ssd-1b-unet",
                        "vae",
                        "sdxl-vae",
                        "text_encoder",
                        "clip-vit-l14-text",
                        "text_encoder_2",
                        "openclip-vit-bigg-text-sdxl"));
    }
}
