package org.diffusion4j.diffusion.sampler;

import java.util.List;
import org.diffusion4j.diffusion.LinearCombination;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One step of DPM-Solver (Lu et al. 2022, arXiv:2206.00927, appendix B) or DPM-Solver++ (Lu et al. 2022, arXiv:2211.01095,
 * appendix B), multistep or singlestep: the network's prediction is expanded into a Taylor series over λ, whose integral is exact.
 * The formulas are written so that a step of length 0 has its mathematical limit: it changes nothing.
 *
 * @param algorithm what is integrated
 * @param midpoint true if the first derivative is weighted as in the midpoint method, false if as in the exact integral
 * @param from the noise level of the sample
 * @param to the noise level of the next sample; it may be without noise only if there are no derivatives
 */
record DpmStep(AlgorithmType algorithm, boolean midpoint, NoiseLevel from, NoiseLevel to) {
    /**
     * Computes the next sample.
     *
     * @param sample the sample at {@link #from}
     * @param outputs predictions of the network: x₀ or ε, whichever the algorithm integrates
     * @param derivatives the weights of the outputs, one row of weights each for the prediction at {@link #from}, for its
     *     first derivative times h and for its second derivative times h²; one to three rows
     * @param noise the noise that a stochastic algorithm adds
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
                // This is σ·√(exp(2h) − 1) in a form that stays finite without noise.
                ? Math.sqrt(Math.max(0, sigmaTimesExp() * sigmaTimesExp() - to.sigma() * to.sigma()))
                : to.sigma() * Math.sqrt(-Math.expm1(-2 * h));
    }

    /** σ·exp(h) of the next level, even if σ is 0 and h infinite. */
    private double sigmaTimesExp() {
        return to.alpha() * from.sigma() / from.alpha();
    }

    /** The factor of the prediction, of its first or of its second derivative. */
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
                    // As in diffusers, the half is subtracted; the exact integral would add it.
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
