package org.diffusion4j.weights.diffusers;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.diffusion4j.config.ConfigKeys;
import org.diffusion4j.diffusion.respaced.DiffusionOptions;
import org.diffusion4j.diffusion.sampler.Preconditioning;
import org.diffusion4j.graph.adm.AdmClassifierConfig;
import org.diffusion4j.graph.adm.AdmUNetConfig;

/** How the options of guided-diffusion's networks are stored: the arguments of their constructors. */
final class AdmFormats {
    static final ConfigFormat<AdmUNetConfig> UNET = new ConfigFormat<>(
            "UNetModel",
            WeightLayout.GUIDED_DIFFUSION,
            AdmUNetConfig.builder().build(),
            UnaryOperator.identity(),
            fixed());

    static final ConfigFormat<AdmUNetConfig> SUPER_RESOLUTION = new ConfigFormat<>(
            "SuperResModel",
            WeightLayout.GUIDED_DIFFUSION,
            AdmUNetConfig.builder().superResolution(true).build(),
            UnaryOperator.identity(),
            fixed());

    static final ConfigFormat<AdmClassifierConfig> CLASSIFIER = new ConfigFormat<>(
            "EncoderUNetModel",
            WeightLayout.GUIDED_DIFFUSION,
            AdmClassifierConfig.builder().build(),
            UnaryOperator.identity(),
            fixed());

    private AdmFormats() {}

    /** Only images are drawn; how much memory training takes, and in which type a network runs, is chosen elsewhere. */
    private static Map<String, List<Object>> fixed() {
        Map<String, List<Object>> fixed = new HashMap<>();
        fixed.put("dims", List.of(2));
        fixed.put("use_checkpoint", List.of());
        fixed.put("use_fp16", List.of());
        fixed.put("_library", List.of());
        // The diffusion that the network was trained for.
        ConfigKeys.of(new DiffusionOptions()).forEach(key -> fixed.put(key, List.of()));
        ConfigKeys.of(new Preconditioning()).forEach(key -> fixed.put(key, List.of()));
        fixed.put(AdmKeys.PREDICTION, List.of(AdmKeys.EPSILON, AdmKeys.EDM));
        fixed.put(AdmKeys.RESPACING, List.of());
        return fixed;
    }
}
