package org.diffusion4j.zoo;

/** Draws cats, 256×256: the network of Ho et al. 2020 (arXiv:2006.11239), whose weights are on the Hugging Face hub. */
public final class DdpmCat256 extends HubUNetModel {
    /** The model's name. */
    public static final String NAME = "ddpm-cat-256";

    /** Makes the entry with the options that it was trained with. */
    public DdpmCat256() {
        this(builder());
    }

    private DdpmCat256(Builder<DdpmCat256> options) {
        super(
                NAME,
                "cats",
                new HubRepository("google/ddpm-cat-256", "apache-2.0", "82ca0d5db4a5ec6ff0e9be8d86852490bc18a3d9"),
                "ddpm-256",
                options);
    }

    /**
     * Makes an entry with other options.
     *
     * @return a builder
     */
    public static Builder<DdpmCat256> builder() {
        return new Builder<>(DdpmCat256::new);
    }
}
