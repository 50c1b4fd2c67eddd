package org.diffusion4j.graph.build;

import java.util.SplittableRandom;

/** What a parameter is before training. */
public sealed interface Initial {
    /**
     * One element.
     *
     * @param random drawn from
     * @return its value
     */
    double draw(SplittableRandom random);

    /**
     * Uniform in (-bound, bound).
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
     * Normal around 0.
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
     * One value throughout.
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
