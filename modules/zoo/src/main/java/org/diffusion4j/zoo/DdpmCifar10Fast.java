package org.diffusion4j.zoo;

import org.deeplearning4j.zoo.PretrainedType;

/**
 * Draws animals and vehicles in colour in four steps, 32×32, in ten classes. It learned from {@link DdpmCifar10Small} by progressive
 * distillation (Salimans and Ho 2022, arXiv:2202.00512), guidance included (Meng et al. 2022, arXiv:2210.03142), so each step calls the
 * network once.
 */
public final class DdpmCifar10Fast extends PackedZooModel {
    /** The model's name. */
    public static final String NAME = "ddpm-cifar10-fast";

    /** Makes the entry with the options that it was trained with. */
    public DdpmCifar10Fast() {
        this(builder());
    }

    private DdpmCifar10Fast(Builder<DdpmCifar10Fast> options) {
        super(NAME, PretrainedType.CIFAR10, options);
    }

    /**
     * Makes an entry with other options.
     *
     * @return a builder
     */
    public static Builder<DdpmCifar10Fast> builder() {
        return new Builder<>(DdpmCifar10Fast::new);
    }

    @Override
    public String description() {
        return "animals and vehicles in colour, ten classes, in 4 steps";
    }
}
