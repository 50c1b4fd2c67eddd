package org.diffusion4j.weights.singlefile;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.weights.diffusers.ComponentConfig;
import org.diffusion4j.weights.diffusers.PackedConfigs;
import org.diffusion4j.weights.diffusers.PipelineFolder;

/** The public models whose configurations are packed here, as most single files are of networks of these sizes. */
public enum PublicModel {
    /** Stable Diffusion 1.1 to 1.5. */
    SD15(
            SingleFileLayout.SD1,
            "StableDiffusionPipeline",
            "sd15-scheduler",
            Map.of("unet", "sd15-unet", "vae", "sd-vae", "text_encoder", "clip-vit-l14-text")),
    /** Its network that fills in pictures. */
    SD15_INPAINTING(
            SingleFileLayout.SD1,
            "StableDiffusionInpaintPipeline",
            "sd15-inpainting-scheduler",
            Map.of("unet", "sd15-inpainting-unet", "vae", "sd-vae", "text_encoder", "clip-vit-l14-text")),
    /** Small SD, which was distilled from 1.5. */
    SMALL_SD(
            SingleFileLayout.SD1,
            "StableDiffusionPipeline",
            "sd15-scheduler",
            Map.of("unet", "small-sd-unet", "vae", "sd-vae", "text_encoder", "clip-vit-l14-text")),
    /** Tiny SD, which was distilled from 1.5. */
    TINY_SD(
            SingleFileLayout.SD1,
            "StableDiffusionPipeline",
            "sd15-scheduler",
            Map.of("unet", "tiny-sd-unet", "vae", "sd-vae", "text_encoder", "clip-vit-l14-text")),
    /** Stable Diffusion 2.0 and 2.1. */
    SD21(
            SingleFileLayout.SD2,
            "StableDiffusionPipeline",
            "sd21-scheduler",
            Map.of("unet", "sd21-unet", "vae", "sd-vae", "text_encoder", "openclip-vit-h-text-sd2")),
    /** Stable Diffusion XL 1.0. */
    SDXL_BASE(
            SingleFileLayout.SDXL,
            "StableDiffusionXLPipeline",
            "sdxl-scheduler",
            Map.of(
                    "unet",
                    "sdxl-base-unet",
                    "vae",
                    "sdxl-vae",
                    "text_encoder",
                    "clip-vit-l14-text",
                    "text_encoder_2",
                    "openclip-vit-bigg-text-sdxl")),
    /** SSD-1B, which was distilled from XL. */
    SSD_1B(
            SingleFileLayout.SDXL,
            "StableDiffusionXLPipeline",
            "sdxl-scheduler",
            Map.of(
                    "unet",
                    "ssd-1b-unet",
                    "vae",
                    "sdxl-vae",
                    "text_encoder",
                    "clip-vit-l14-text",
                    "text_encoder_2",
                    "openclip-vit-bigg-text-sdxl")),
    /** XL's refiner, whose aesthetic scores no pipeline here has. */
    SDXL_REFINER(
            SingleFileLayout.SDXL_REFINER,
            "StableDiffusionXLImg2ImgPipeline",
            "sdxl-scheduler",
            Map.of("unet", "sdxl-refiner-unet", "vae", "sdxl-vae", "text_encoder_2", "openclip-vit-bigg-text-sdxl"));

    private static final List<String> ORDER = List.of(
            PipelineFolder.TEXT_ENCODER, PipelineFolder.TEXT_ENCODER_2, PipelineFolder.UNET, PipelineFolder.VAE);

    private final SingleFileLayout layout;
    private final String className;
    private final String scheduler;
    private final Map<String, String> configs;

    PublicModel(SingleFileLayout layout, String className, String scheduler, Map<String, String> configs) {
        this.layout = layout;
        this.className = className;
        this.scheduler = scheduler;
        this.configs = configs;
    }

    /**
     * How its single files are laid out.
     *
     * @return the layout
     */
    public SingleFileLayout layout() {
        return layout;
    }

    /**
     * The class that Python makes of it.
     *
     * @return such as {@code StableDiffusionPipeline}
     */
    public String className() {
        return className;
    }

    /** The name of its packed scheduler. */
    String scheduler() {
        return scheduler;
    }

    /** Whether its network sees a mask and what is kept. */
    boolean fillsIn() {
        return this == SD15_INPAINTING;
    }

    /** The options of its denoising network with some of its numbers changed. */
    ComponentConfig<?> unet(Map<String, Integer> numbers) {
        return PackedConfigs.component(configs.get(PipelineFolder.UNET), numbers);
    }

    /** What fills up the prompts of a text encoder: OpenCLIP's is trained with a token that stands for something else, too. */
    String padToken(String encoder) {
        return configs.get(encoder).startsWith("openclip") ? "!" : "<|endoftext|>";
    }

    /**
     * The options of its networks.
     *
     * @return by their names in diffusers' folders, text encoders first
     */
    public Map<String, ComponentConfig<?>> components() {
        Map<String, ComponentConfig<?>> components = new LinkedHashMap<>();
        for (String component : ORDER) {
            if (configs.containsKey(component)) {
                components.put(component, PackedConfigs.component(configs.get(component)));
            }
        }
        return components;
    }
}
