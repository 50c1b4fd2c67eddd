package org.diffusion4j.zoo;

import java.util.Map;

/** LCM Dreamshaper v7: pictures of a text in 4 to 8 steps, 768×768 (Luo et al. 2023, arXiv:2310.04378). */
public final class LcmDreamshaper extends HubPipelineModel {
    /** The model's name. */
    public static final String NAME = "lcm-dreamshaper-v7";

    /** Makes the entry. */
    public LcmDreamshaper() {
        super(
                NAME,
                "pictures of a text in 4 to 8 steps, 768x768",
                new HubRepository("SimianLuo/LCM_Dreamshaper_v7", "mit", "a85df6a8bd976cdd08b4fd8f3b73f229c9e54df5"),
                Map.of("unet", "lcm-dreamshaper-unet", "vae", "sd-vae", "text_encoder", "clip-vit-l14-text"));
    }
}
