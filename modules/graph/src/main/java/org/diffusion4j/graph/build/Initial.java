package org.diffusion4j.graph.build;

import java.util.SplittableRandom;

/** The values of a parameter before training. */
public sealed interface Initial {
    /**
     * Draws one element.
     *
     * @param random where it is drawn from
     * @return its value
     */
    double draw(SplittableRandom random);

    /**
     * Values that are uniform in (-bound, bound).
     *
     * @param bound above 0
     */
    record Uniform(double bound) implements Initial {
        @Override
        public double draw(SplittableRandom random) {
            return random.nextDouble(-bound, bound);
        }
    }

    /**
     * Normally distributed values with mean 0.
     *
     * @param deviation its standard deviation
     */
    record Normal(double deviation) implements Initial {
        @Override
        public double draw(SplittableRandom random) {
            return random.nextGaussian() * deviation;
        }
    }

    /**
     * The same value for all elements.
     *
     * @param value the value
     */
    record Constant(double value) implements Initial {
        @Override
        public double draw(SplittableRandom random) {
            return value;
        }
    }
}
