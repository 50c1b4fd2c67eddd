package org.diffusion4j.zoo;

import java.util.Map;

/** Stable Diffusion 1.5: pictures of a text, 512×512 (Rombach et al. 2022, arXiv:2112.10752). */
public final class StableDiffusion15 extends HubPipelineModel {
    /** The model's name. */
    public static final String NAME = "stable-diffusion-v1-5";

    /** Makes the entry. */
    public StableDiffusion15() {
        super(
                NAME,
                "pictures of a text, 512x512",
                new HubRepository(
                        "stable-diffusion-v1-5/stable-diffusion-v1-5",
                        "creativeml-openrail-m",
                        "451f4fe16113bff5a5d2269ed5ad43b0592e9a14",
                        Map.of(
                                "unet/diffusion_pytorch_model.safetensors",
                                "19da7aaa4b880e59d56843f1fcb4dd9b599c28a1d9d9af7c1143057c8ffae9f1")),
                Map.of("unet", "sd15-unet", "vae", "sd-vae", "text_encoder", "clip-vit-l14-text"));
    }
}
