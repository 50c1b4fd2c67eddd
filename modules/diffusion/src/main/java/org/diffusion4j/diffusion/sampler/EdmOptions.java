package org.diffusion4j.diffusion.sampler;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.FinalSigma;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.diffusion4j.diffusion.schedule.Sigmas;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What diffusers' schedulers for the networks of Karras et al. 2022 (arXiv:2206.00364) share: no table of betas, but a
 * range of σ.
 */
interface EdmOptions {
    /** @return which of diffusers' classes this configures */
    SchedulerKind kind();

    /** @return the least σ, above 0 */
    double sigmaMin();

    /** @return the largest σ */
    double sigmaMax();

    /** @return the data's standard deviation, above 0 */
    double sigmaData();

    /** @return how the sigmas are spaced */
    SigmaSchedule sigmaSchedule();

    /** @return ρ of the Karras sigmas, above 0: the larger it is, the shorter are the steps at little noise */
    double rho();

    /** @return the noise after the last step */
    FinalSigma finalSigmasType();

    /** @return what the network predicts */
    Prediction predictionType();

    /** @return never, as there is no such table */
    default NoiseSchedule noise() {
        throw Checks.noTable(kind());
    }

    /**
     * Adds noise: x₀ + σ·ε with σ = exp(4t).
     *
     * @param sample clean samples x₀, [B,…]
     * @param noise ε, the same shape
     * @param timesteps t = ln(σ)/4, one for each sample
     * @return the noisy samples, a new array
     */
    default INDArray addNoise(INDArray sample, INDArray noise, double... timesteps) {
        return Sigmas.addNoise(
                sample,
                noise,
                Arrays.stream(timesteps).map(t -> Math.exp(4 * t)).toArray());
    }

    /** The points of a walk with a number of steps. */
    default SigmaPoints points(int steps) {
        Checks.steps(steps);
        double step = steps == 1 ? 0 : 1.0 / (steps - 1);
        return points(IntStream.range(0, steps).mapToDouble(i -> i * step).toArray());
    }

    /**
     * The points of a walk at positions between the largest σ and the least.
     *
     * @param ramp positions from 0, the largest σ, to 1, the least; if the sigmas are exponential, only the number of
     *     positions matters
     */
    default SigmaPoints points(double[] ramp) {
        int count = ramp.length;
        double[] sigmas;
        if (sigmaSchedule() == SigmaSchedule.KARRAS) {
            sigmas = Arrays.stream(ramp)
                    .map(at -> Sigmas.karras(sigmaMin(), sigmaMax(), rho(), at))
                    .toArray();
        } else {
            // If there is only one exponential sigma, it is the least one, as in diffusers.
            sigmas = Sigmas.logLinear(count == 1 ? sigmaMin() : sigmaMax(), sigmaMin(), count);
        }
        double[] all = Arrays.copyOf(sigmas, count + 1);
        all[count] = finalSigmasType() == FinalSigma.ZERO ? 0 : last(sigmas);
        return new SigmaPoints(new double[count], all).withLogSigmas();
    }

    /** The final σ after these: 0, or the last one repeated. */
    default double last(double[] sigmas) {
        return sigmas[sigmas.length - 1];
    }

    /**
     * Computes the clean sample (Karras et al. 2022, equation 7, table 1).
     *
     * @param modelOutput the network's output
     * @param sample the network's input before it was scaled
     * @param sigma the sample's σ
     * @return x₀, a new array
     */
    default INDArray denoised(INDArray modelOutput, INDArray sample, double sigma) {
        double variance = sigma * sigma + sigmaData() * sigmaData();
        double output = sigma * sigmaData() / Math.sqrt(variance);
        return LinearCombination.of(
                sigmaData() * sigmaData() / variance,
                sample,
                predictionType() == Prediction.EPSILON ? output : -output,
                modelOutput);
    }
}
