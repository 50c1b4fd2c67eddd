package org.diffusion4j.zoo;

import org.deeplearning4j.zoo.PretrainedType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/** Digits, 28×28, ten classes and one that stands for none (10): a network of Ho et al. 2020 (arXiv:2006.11239), small. */
public final class DdpmMnist extends UNetZooModel {
    /** The model's name. */
    public static final String NAME = "ddpm-mnist";

    /** The entry as it was trained. */
    public DdpmMnist() {
        this(0, null, new Adam(1e-4));
    }

    private DdpmMnist(long seed, int[] inputShape, IUpdater updater) {
        super(NAME, PretrainedType.MNIST, seed, inputShape, updater);
    }

    @Override
    public String description() {
        return "handwritten digits, ten classes";
    }

    /**
     * An entry with options.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects the entry's options. */
    public static final class Builder {
        private long seed;
        private int[] inputShape;
        private IUpdater updater = new Adam(1e-4);

        private Builder() {}

        /**
         * Sets the seed of the initial weights.
         *
         * @param seed any number; 0 if it isn't set
         * @return this
         */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Sets the shape of a sample.
         *
         * @param inputShape [1, H, W] with multiples of 4; [1, 28, 28] if it isn't set
         * @return this
         */
        public Builder inputShape(int... inputShape) {
            this.inputShape = inputShape.clone();
            return this;
        }

        /**
         * Sets what moves the weights in {@code fit}.
         *
         * @param updater Adam with a rate of 1e-4 if it isn't set
         * @return this
         */
        public Builder updater(IUpdater updater) {
            this.updater = updater;
            return this;
        }

        /**
         * The entry.
         *
         * @return a zoo model
         * @throws IllegalArgumentException if the input shape doesn't fit the network
         */
        public DdpmMnist build() {
            return new DdpmMnist(seed, inputShape, updater);
        }
    }
}
