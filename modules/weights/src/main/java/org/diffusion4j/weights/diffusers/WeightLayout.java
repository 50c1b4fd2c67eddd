package org.diffusion4j.weights.diffusers;

import java.util.Arrays;
import java.util.Locale;

/** What the libraries call the files of a network's weights. */
public enum WeightLayout {
    /** Diffusers: U-Nets, autoencoders, ControlNets. */
    DIFFUSERS("diffusion_pytorch_model", "diffusion_pytorch_model"),
    /** Transformers: text encoders. */
    TRANSFORMERS("model", "pytorch_model"),
    /** Guided-diffusion, which itself only writes torch files of any name. */
    GUIDED_DIFFUSION("model", "model");

    private final String stem;
    private final String pickleStem;

    WeightLayout(String stem, String pickleStem) {
        this.stem = stem;
        this.pickleStem = pickleStem;
    }

    /**
     * What the names of the files begin with.
     *
     * @param format the format of the weights
     * @return the beginning, without a dot
     */
    public String stem(WeightFormat format) {
        return switch (format) {
            case SAFETENSORS -> stem;
            case TORCH -> pickleStem;
        };
    }

    /**
     * The library's name in a pipeline's index.
     *
     * @return such as {@code transformers}
     */
    public String library() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The name of a network's only file. */
    String single() {
        return stem + ".safetensors";
    }

    /** Whether a file of this name is one of weights, of any variant and in any format, or their index. */
    boolean isOfWeights(String file) {
        return Arrays.stream(WeightFormat.values())
                .anyMatch(format -> file.startsWith(stem(format)) && file.contains("." + format.suffix()));
    }
}
