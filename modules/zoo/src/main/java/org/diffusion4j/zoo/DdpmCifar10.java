package org.diffusion4j.zoo;

/** Draws pictures of CIFAR-10's ten classes, without a choice of class, 32×32: the network of Ho et al. 2020 (arXiv:2006.11239), whose weights are on the Hugging Face hub. */
public final class DdpmCifar10 extends HubUNetModel {
    /** The model's name. */
    public static final String NAME = "ddpm-cifar10-32";

    /** Makes the entry with the options that it was trained with. */
    public DdpmCifar10() {
        this(builder());
    }

    private DdpmCifar10(Builder<DdpmCifar10> options) {
        super(
                NAME,
                "pictures of CIFAR-10's ten classes, without a choice of class",
                new HubRepository("google/ddpm-cifar10-32", "apache-2.0", "267b167dc01f0e4e61923ea244e8b988f84deb80"),
                "ddpm-cifar10-32",
                options);
    }

    /**
     * Makes an entry with other options.
     *
     * @return a builder
     */
    public static Builder<DdpmCifar10> builder() {
        return new Builder<>(DdpmCifar10::new);
    }
}
