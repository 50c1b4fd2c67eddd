package org.diffusion4j.diffusion.sampler;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A step of DPM-Solver that uses the predictions of the steps before it: their differences stand for derivatives.
 *
 * @param algorithm what is integrated
 * @param type the variant of order 2
 * @param levels the noise level before each step, and after the last one
 */
record DpmMultistep(AlgorithmType algorithm, SolverType type, IntFunction<NoiseLevel> levels) {
    /**
     * Computes the next sample.
     *
     * @param state where the walk is
     * @param order 1 to 3; a lower order is used if two points coincide, or if the next point has no noise
     * @param outputs at least {@code order} predictions, the newest first
     * @param noise the noise that a stochastic algorithm adds
     */
    INDArray next(WalkState state, int order, List<INDArray> outputs, INDArray noise) {
        int step = state.step();
        NoiseLevel from = levels.apply(step);
        NoiseLevel to = levels.apply(step + 1);
        double[][] derivatives = derivatives(step, to.sigma() == 0 ? 1 : order);
        boolean midpoint = derivatives.length == 2 && type == SolverType.MIDPOINT;
        return new DpmStep(algorithm, midpoint, from, to)
                .next(state.sample(), outputs.subList(0, derivatives[0].length), derivatives, noise);
    }

    private double[][] derivatives(int step, int order) {
        double before = order == 1 ? 0 : length(step - 1);
        if (before == 0) {
            return new double[][] {{1}};
        }
        double h = length(step);
        double slope = h / before;
        double beforeThat = order == 2 ? 0 : length(step - 2);
        if (beforeThat == 0) {
            return new double[][] {{1, 0}, {slope, -slope}};
        }
        double slopeBefore = h / beforeThat;
        double both = before + beforeThat;
        double[] change = {slope, -slope - slopeBefore, slopeBefore};
        double[] first = {slope, -slope, 0};
        double[] second = new double[3];
        for (int i = 0; i < 3; i++) {
            first[i] += before / both * change[i];
            second[i] = h / both * change[i];
        }
        return new double[][] {{1, 0, 0}, first, second};
    }

    /** The change of λ in a step. */
    private double length(int step) {
        return levels.apply(step + 1).lambda() - levels.apply(step).lambda();
    }

    /** Puts the newest prediction before the others. */
    static List<INDArray> withNewest(INDArray newest, List<INDArray> outputs) {
        List<INDArray> all = new ArrayList<>();
        all.add(newest);
        all.addAll(outputs);
        return all;
    }

    /** The predictions that later steps need. */
    static List<INDArray> kept(List<INDArray> outputs, int order) {
        return outputs.subList(0, Math.min(outputs.size(), Math.min(order, 3) - 1));
    }
}
