package org.diffusion4j.diffusion.sampler;

import java.util.List;
import org.diffusion4j.diffusion.LinearCombination;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The explicit linear multistep method of Adams and Bashforth over even steps. It has order 4, and lower orders in the
 * first steps.
 */
final class Adams {
    private static final double[][] WEIGHTS = {
        {1}, {3.0 / 2, -1.0 / 2}, {23.0 / 12, -16.0 / 12, 5.0 / 12}, {55.0 / 24, -59.0 / 24, 37.0 / 24, -9.0 / 24}
    };

    private Adams() {}

    /**
     * The slope that a step follows.
     *
     * @param slopes the slopes of the last 1 to 4 steps, the newest last
     * @return their weighted sum, a new array
     */
    static INDArray slope(List<INDArray> slopes) {
        int order = slopes.size();
        double[] weights = WEIGHTS[order - 1];
        INDArray sum = slopes.get(order - 1).mul(weights[0]);
        for (int age = 1; age < order; age++) {
            LinearCombination.add(sum, weights[age], slopes.get(order - 1 - age));
        }
        return sum;
    }

    /** The slopes that the next step needs besides its own, at most three. */
    static List<INDArray> newest(List<INDArray> slopes) {
        return slopes.subList(Math.max(0, slopes.size() - 3), slopes.size());
    }
}
