package org.diffusion4j.zoo;

/** Draws bedrooms, 256×256: the network of Ho et al. 2020 (arXiv:2006.11239), whose weights are on the Hugging Face hub. */
public final class DdpmBedroom256 extends HubUNetModel {
    /** The model's name. */
    public static final String NAME = "ddpm-bedroom-256";

    /** Makes the entry with the options that it was trained with. */
    public DdpmBedroom256() {
        this(builder());
    }

    private DdpmBedroom256(Builder<DdpmBedroom256> options) {
        super(NAME, "bedrooms", new HubRepository("google/ddpm-bedroom-256", "apache-2.0"), "ddpm-256", options);
    }

    /**
     * Makes an entry with other options.
     *
     * @return a builder
     */
    public static Builder<DdpmBedroom256> builder() {
        return new Builder<>(DdpmBedroom256::new);
    }
}
