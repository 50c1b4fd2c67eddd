package org.diffusion4j.zoo;

import org.deeplearning4j.zoo.PretrainedType;

/** Digits, 28×28, ten classes and one that stands for none (10): a network of Ho et al. 2020 (arXiv:2006.11239), small. */
public final class DdpmMnist extends UNetZooModel {
    /** The model's name. */
    public static final String NAME = "ddpm-mnist";

    /** The entry as it was trained. */
    public DdpmMnist() {
        this(builder());
    }

    private DdpmMnist(Builder<DdpmMnist> options) {
        super(NAME, PretrainedType.MNIST, options);
    }

    /**
     * An entry with options.
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
