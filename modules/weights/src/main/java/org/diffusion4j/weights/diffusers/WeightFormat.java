package org.diffusion4j.weights.diffusers;

/** The formats in which diffusers and transformers keep weights. */
public enum WeightFormat {
    /** Safetensors files. */
    SAFETENSORS("safetensors"),
    /** Files of {@code torch.save}. */
    TORCH("bin");

    private final String suffix;

    WeightFormat(String suffix) {
        this.suffix = suffix;
    }

    /**
     * What the names of such files end with.
     *
     * @return the ending without a dot
     */
    public String suffix() {
        return suffix;
    }
}
