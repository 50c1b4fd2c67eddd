package org.diffusion4j.zoo;

import java.util.Map;

/** Segmind's Tiny-SD: a third of Stable Diffusion 1.5's U-Net, distilled (Kim et al. 2023, arXiv:2305.15798). */
public final class TinySd extends HubPipelineModel {
    /** The model's name. */
    public static final String NAME = "tiny-sd";

    /** Makes the entry. */
    public TinySd() {
        super(
                NAME,
                "pictures of a text, 512x512",
                new HubRepository(
                        "segmind/tiny-sd", "creativeml-openrail-m", "cad0bd7495fa6c4bcca01b19a723dc91627fe84f"),
                Map.of("unet", "tiny-sd-unet", "vae", "sd-vae", "text_encoder", "clip-vit-l14-text"));
    }
}
