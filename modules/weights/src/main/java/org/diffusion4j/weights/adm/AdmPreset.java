package org.diffusion4j.weights.adm;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.diffusion4j.config.ConfigName;
import org.diffusion4j.weights.diffusers.ComponentConfig;
import org.diffusion4j.weights.diffusers.PackedConfigs;
import org.diffusion4j.weights.tensor.Tensor;

/** The networks that were published with guided-diffusion, whose files hold nothing but weights. */
public enum AdmPreset implements ConfigName {
    /** ImageNet's classes at 64 × 64. */
    IMAGENET64("imagenet64", "64x64_diffusion"),
    /** ImageNet's classes at 128 × 128. */
    IMAGENET128("imagenet128", "128x128_diffusion"),
    /** ImageNet's classes at 256 × 256. */
    IMAGENET256("imagenet256", "256x256_diffusion"),
    /** ImageNet without classes, which only a classifier guides to one. */
    IMAGENET256_UNCOND("imagenet256-uncond", "256x256_diffusion_uncond"),
    /** ImageNet's classes at 512 × 512. */
    IMAGENET512("imagenet512", "512x512_diffusion"),
    /** One class of LSUN: bedrooms, cats or horses. */
    LSUN256("lsun256", "lsun_bedroom", "lsun_cat", "lsun_horse", "lsun_horse_nodropout"),
    /** From 64 × 64 to 256 × 256. */
    UPSAMPLE_64_256("upsample-64-256", "64_256_upsampler"),
    /** From 128 × 128 to 512 × 512. */
    UPSAMPLE_128_512("upsample-128-512", "128_512_upsampler"),
    /** ImageNet's classes at 64 × 64, trained as in Karras et al. 2022, of OpenAI's consistency_models. */
    EDM_IMAGENET64("edm-imagenet64", "edm_imagenet64_ema"),
    /** One class of LSUN, trained as in Karras et al. 2022, of OpenAI's consistency_models. */
    EDM_LSUN256("edm-lsun256", "edm_bedroom256_ema", "edm_cat256_ema"),
    /** The classifier for images of 64 × 64. */
    CLASSIFIER64("classifier64", "64x64_classifier"),
    /** The classifier for images of 128 × 128. */
    CLASSIFIER128("classifier128", "128x128_classifier"),
    /** The classifier for images of 256 × 256. */
    CLASSIFIER256("classifier256", "256x256_classifier"),
    /** The classifier for images of 512 × 512. */
    CLASSIFIER512("classifier512", "512x512_classifier");

    private static final String FIRST = "time_embed.0.weight";

    private final String word;
    private final List<String> files;

    AdmPreset(String word, String... files) {
        this.word = word;
        this.files = List.of(files);
    }

    @Override
    public String configName() {
        return word;
    }

    /**
     * The network's options, and those of the diffusion that it was trained for.
     *
     * @return what a {@code config.json} beside the weights would say
     */
    public ComponentConfig<?> config() {
        return PackedConfigs.component("guided-" + word.replace("upsample", "upsampler"));
    }

    /** The preset whose published file has this name, with any end. */
    static Optional<AdmPreset> ofFile(String name) {
        int end = name.lastIndexOf('.');
        String stem = end < 0 ? name : name.substring(0, end);
        return Arrays.stream(values())
                .filter(preset -> preset.files.contains(stem))
                .findFirst();
    }

    /** The presets whose networks have just these tensors. */
    static List<AdmPreset> fitting(Map<String, ? extends Tensor> tensors) {
        return Arrays.stream(values()).filter(preset -> preset.fits(tensors)).toList();
    }

    boolean fits(Map<String, ? extends Tensor> tensors) {
        ComponentConfig<?> config = config();
        Tensor first = tensors.get(FIRST);
        long[] ofFirst = first == null ? new long[0] : first.shape();
        // Most are told apart by this width, without a look at all parameters of a large network.
        if (ofFirst.length != 2
                || ofFirst[1] != config.json().path("model_channels").asLong()) {
            return false;
        }
        Map<String, long[]> shapes = config.config().parameterShapes();
        return shapes.keySet().equals(tensors.keySet())
                && shapes.entrySet().stream()
                        .allMatch(shape -> Arrays.equals(
                                shape.getValue(), tensors.get(shape.getKey()).shape()));
    }
}
