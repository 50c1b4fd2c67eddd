package org.diffusion4j.zoo;

/** Draws churches, 256×256: the network of Ho et al. 2020 (arXiv:2006.11239), whose weights are on the Hugging Face hub. */
public final class DdpmChurch256 extends HubUNetModel {
    /** The model's name. */
    public static final String NAME = "ddpm-church-256";

    /** Makes the entry with the options that it was trained with. */
    public DdpmChurch256() {
        this(builder());
    }

    private DdpmChurch256(Builder<DdpmChurch256> options) {
        super(NAME, "churches", new HubRepository("google/ddpm-church-256", "apache-2.0"), "ddpm-256", options);
    }

    /**
     * Makes an entry with other options.
     *
     * @return a builder
     */
    public static Builder<DdpmChurch256> builder() {
        return new Builder<>(DdpmChurch256::new);
    }
}
