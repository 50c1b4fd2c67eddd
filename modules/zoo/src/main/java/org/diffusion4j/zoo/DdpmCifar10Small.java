package org.diffusion4j.zoo;

import org.deeplearning4j.zoo.PretrainedType;

/**
 * Draws animals and vehicles in colour, 32×32, in ten classes; label 10 stands for no class. It is a small network after Ho
 * et al. 2020 (arXiv:2006.11239) that predicts the velocity (Salimans and Ho 2022, arXiv:2202.00512).
 */
public final class DdpmCifar10Small extends PackedZooModel {
    /** The model's name. */
    public static final String NAME = "ddpm-cifar10-small";

    /** Makes the entry with the options that it was trained with. */
    public DdpmCifar10Small() {
        this(builder());
    }

    private DdpmCifar10Small(Builder<DdpmCifar10Small> options) {
        super(NAME, PretrainedType.CIFAR10, options);
    }

    /**
     * Makes an entry with other options.
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
