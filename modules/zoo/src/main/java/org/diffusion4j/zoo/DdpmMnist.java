package org.diffusion4j.zoo;

import org.deeplearning4j.zoo.PretrainedType;

/**
 * Draws digits, 28×28, in ten classes; label 10 stands for no class. It is a small network after Ho et al. 2020
 * (arXiv:2006.11239).
 */
public final class DdpmMnist extends PackedZooModel {
    /** The model's name. */
    public static final String NAME = "ddpm-mnist";

    /** Makes the entry with the options that it was trained with. */
    public DdpmMnist() {
        this(builder());
    }

    private DdpmMnist(Builder<DdpmMnist> options) {
        super(NAME, PretrainedType.MNIST, options);
    }

    /**
     * Makes an entry with other options.
     *
     * @return a builder
     */
    public static Builder<DdpmMnist> builder() {
        return new Builder<>(DdpmMnist::new);
    }

    @Override
    public String description() {
        return "handwritten digits, ten classes";
    }
}
