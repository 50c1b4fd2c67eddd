package org.diffusion4j.zoo;

import org.deeplearning4j.zoo.PretrainedType;

/**
 * Animals and vehicles in colour, 32×32, ten classes and one that stands for none (10): a network of Ho et al. 2020
 * (arXiv:2006.11239) that predicts the velocity (Salimans and Ho 2022, arXiv:2202.00512), small.
 */
public final class DdpmCifar10Small extends UNetZooModel {
    /** The model's name. */
    public static final String NAME = "ddpm-cifar10-small";

    /** The entry as it was trained. */
    public DdpmCifar10Small() {
        this(builder());
    }

    private DdpmCifar10Small(Builder<DdpmCifar10Small> options) {
        super(NAME, PretrainedType.CIFAR10, options);
    }

    /**
     * An entry with options.
     *
     * @return a builder
     */
    public static Builder<DdpmCifar10Small> builder() {
        return new Builder<>(DdpmCifar10Small::new);
    }

    @Override
    public String description() {
        return "animals and vehicles in colour, ten classes";
    }
}
