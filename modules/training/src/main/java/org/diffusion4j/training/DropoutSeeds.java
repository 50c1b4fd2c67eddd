package org.diffusion4j.training;

import java.util.SplittableRandom;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The seeds of a batch's dropout masks. */
public final class DropoutSeeds {
    /** Below this, seeds are exact in float32. */
    private static final int SEEDS = 1 << 24;

    private DropoutSeeds() {}

    /**
     * Draws a seed for each image.
     *
     * @param images N
     * @param random the batch's generator
     * @return whole numbers in float32, [N]
     */
    public static INDArray draw(int images, SplittableRandom random) {
        float[] seeds = new float[images];
        for (int image = 0; image < seeds.length; image++) {
            seeds[image] = random.nextInt(SEEDS);
        }
        return Nd4j.createFromArray(seeds);
    }
}
