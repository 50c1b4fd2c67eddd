package org.diffusion4j.diffusion.sampler;

import java.util.List;
import org.diffusion4j.diffusion.LinearCombination;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One step of DPM-Solver (Lu et al. 2022, arXiv:2206.00927, appendix B) or DPM-Solver++ (Lu et al. 2022, arXiv:2211.01095,
 * appendix B), multistep or singlestep: the network's prediction is expanded into a Taylor series over λ, whose integral is exact.
 * The formulas are written so that a step of no length has its limit, which is no change.
 *
 * @param algorithm what is integrated
 * @param midpoint whether the first derivative counts as in the midpoint method, else as in the exact integral
 * @param from the level of the sample
 * @param to the level of the next sample; without noise only for a step without derivatives
 */
record DpmStep(AlgorithmType algorithm, boolean midpoint, NoiseLevel from, NoiseLevel to) {
    /**
     * The next sample.
     *
     * @param sample the sample at {@link #from}
     * @param outputs predictions of the network: x₀ or ε, as the algorithm has it
     * @param derivatives the predictions' part in the prediction at {@link #from}, in its first derivative times h, and in its
     *     second times h²; from one to three rows, each with a number for each output
     * @param noise what a stochastic algorithm adds
     * @return a new array
     */
    INDArray next(INDArray sample, List<INDArray> outputs, double[][] derivatives, INDArray noise) {
        double h = to.lambda() - from.lambda();
        INDArray next = sample.mul(sampleFactor(h));
        for (int output = 0; output < outputs.size(); output++) {
            double factor = 0;
            for (int k = 0; k < derivatives.length; k++) {
                factor += derivatives[k][output] == 0 ? 0 : factor(k, h) * derivatives[k][output];
            }
            if (factor != 0) {
                LinearCombination.add(next, factor, outputs.get(output));
            }
        }
        if (algorithm.isStochastic()) {
            Checks.shape("noise", noise, sample);
            LinearCombination.add(next, noiseFactor(h), noise);
        }
        return next;
    }

    private double sampleFactor(double h) {
        return switch (algorithm) {
            case DPMSOLVER_PLUS_PLUS -> to.sigma() / from.sigma();
            case SDE_DPMSOLVER_PLUS_PLUS -> to.sigma() / from.sigma() * Math.exp(-h);
            default -> to.alpha() / from.alpha();
        };
    }

    private double noiseFactor(double h) {
        return algorithm == AlgorithmType.SDE_DPMSOLVER
                // σ·√(exp(2h) − 1), which is finite without noise.
                ? Math.sqrt(Math.max(0, sigmaTimesExp() * sigmaTimesExp() - to.sigma() * to.sigma()))
                : to.sigma() * Math.sqrt(-Math.expm1(-2 * h));
    }

    /** σ·exp(h) of the next level, where both may be at their limits. */
    private double sigmaTimesExp() {
        return to.alpha() * from.sigma() / from.alpha();
    }

    /** What the prediction, its first or its second derivative is multiplied by. */
    private double factor(int derivative, double h) {
        if (derivative == 1 && midpoint) {
            return 0.5 * factor(0, h);
        }
        return switch (algorithm) {
            case DPMSOLVER_PLUS_PLUS ->
                derivative == 0 ? -to.alpha() * Math.expm1(-h) : to.alpha() * h * Phi.of(derivative + 1, -h);
            case SDE_DPMSOLVER_PLUS_PLUS ->
                switch (derivative) {
                    case 0 -> -to.alpha() * Math.expm1(-2 * h);
                    case 1 -> to.alpha() * 2 * h * Phi.of(2, -2 * h);
                    // As diffusers has it: the half is subtracted, where the exact integral would add it.
                    default -> -to.alpha() * (Phi.of(2, -2 * h) + 0.5);
                };
            default -> {
                double once =
                        derivative == 0 ? sigmaTimesExp() - to.sigma() : to.sigma() * h * Phi.of(derivative + 1, h);
                yield algorithm == AlgorithmType.SDE_DPMSOLVER ? -2 * once : -once;
            }
        };
    }
}
