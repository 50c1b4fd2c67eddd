package org.diffusion4j.zoo;

import org.deeplearning4j.zoo.PretrainedType;

/**
 * Draws digits in four steps, 28×28, in ten classes. It learned from {@link DdpmMnist} by progressive distillation (Salimans
 * and Ho 2022, arXiv:2202.00512), guidance included (Meng et al. 2022, arXiv:2210.03142), so each step calls the network once.
 */
public final class DdpmMnistFast extends PackedZooModel {
    /** The model's name. */
    public static final String NAME = "ddpm-mnist-fast";

    /** Makes the entry with the options that it was trained with. */
    public DdpmMnistFast() {
        this(builder());
    }

    private DdpmMnistFast(Builder<DdpmMnistFast> options) {
        super(NAME, PretrainedType.MNIST, options);
    }

    /**
     * Makes an entry with other options.
     *
     * @return a builder
     */
    public static Builder<DdpmMnistFast> builder() {
        return new Builder<>(DdpmMnistFast::new);
    }

    @Override
    public String description() {
        return "handwritten digits, ten classes, in 4 steps";
    }
}
