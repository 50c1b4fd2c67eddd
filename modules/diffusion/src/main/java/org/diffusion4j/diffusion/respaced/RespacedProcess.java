package org.diffusion4j.diffusion.respaced;

import static org.diffusion4j.Requirement.require;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import org.diffusion4j.diffusion.LinearCombination;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A diffusion over some of the timesteps, which counts them anew: betas of its own lead from each timestep that is visited to the
 * next one (Nichol and Dhariwal 2021, arXiv:2102.09672, section 4). Tables are in double; samples are in float. An index is that of
 * a visited timestep, ascending, so 0 is the last one of a walk.
 */
public final class RespacedProcess {
    private final DiffusionOptions options;
    private final int[] timesteps;
    private final double[] betas;
    private final double[] alphasCumprod;

    /**
     * Makes the tables.
     *
     * @param options the diffusion that the network was trained for
     * @param respacing which timesteps are visited, two at least
     * @throws IllegalArgumentException if there are too few timesteps for it
     */
    public RespacedProcess(DiffusionOptions options, Respacing respacing) {
        this.options = options;
        this.timesteps = respacing.timesteps(options.diffusionSteps());
        require(timesteps.length >= 2, "respacing", "at least 2 steps", timesteps.length);
        betas = new double[timesteps.length];
        alphasCumprod = new double[timesteps.length];
        double product = 1;
        double before = 1;
        int index = 0;
        for (int timestep = 0; index < timesteps.length; timestep++) {
            product *= 1 - options.noiseSchedule().beta(timestep, options.diffusionSteps());
            if (timestep == timesteps[index]) {
                betas[index] = 1 - product / before;
                before = product;
                index++;
            }
        }
        alphasCumprod[0] = 1 - betas[0];
        for (int i = 1; i < betas.length; i++) {
            alphasCumprod[i] = alphasCumprod[i - 1] * (1 - betas[i]);
        }
    }

    /**
     * The number of steps of a walk.
     *
     * @return at least 2
     */
    public int length() {
        return timesteps.length;
    }

    /**
     * The timesteps that are visited.
     *
     * @return one for each index, ascending, a copy
     */
    public int[] timesteps() {
        return timesteps.clone();
    }

    /**
     * The timestep that the network is given.
     *
     * @param index of the step
     * @return the timestep, rescaled if the options say so
     * @throws IndexOutOfBoundsException if there is no such step
     */
    public double modelTimestep(int index) {
        double timestep = timesteps[index];
        return options.rescaleTimesteps() ? timestep * (1000.0 / options.diffusionSteps()) : timestep;
    }

    /**
     * The variances that the steps add.
     *
     * @return beta for each index, a copy
     */
    public double[] betas() {
        return betas.clone();
    }

    /**
     * The share of the clean sample.
     *
     * @return ᾱ for each index, a copy
     */
    public double[] alphasCumprod() {
        return alphasCumprod.clone();
    }

    double alphaCumprod(int index) {
        return alphasCumprod[index];
    }

    /** ᾱ of the step before, in the order of the index: 1 for a clean sample. */
    double alphaCumprodBefore(int index) {
        return index == 0 ? 1 : alphasCumprod[index - 1];
    }

    /**
     * The variance of a step if the clean sample is known: Ho et al. 2020 (arXiv:2006.11239), equation 7.
     *
     * @return a number for each index, of which the first is 0; a copy
     */
    public double[] posteriorVariance() {
        double[] variances = new double[betas.length];
        Arrays.setAll(variances, i -> betas[i] * (1 - alphaCumprodBefore(i)) / (1 - alphasCumprod[i]));
        return variances;
    }

    /**
     * Its logarithm, in which the second number stands for the first one as well, as 0 has none.
     *
     * @return a number for each index, a copy
     */
    public double[] posteriorLogVarianceClipped() {
        double[] variances = posteriorVariance();
        double[] logarithms = new double[betas.length];
        Arrays.setAll(logarithms, i -> Math.log(variances[Math.max(i, 1)]));
        return logarithms;
    }

    /**
     * What the clean sample is multiplied by in the mean of a step.
     *
     * @return a number for each index, a copy
     */
    public double[] posteriorMeanCoef1() {
        double[] coefficients = new double[betas.length];
        Arrays.setAll(coefficients, i -> betas[i] * Math.sqrt(alphaCumprodBefore(i)) / (1 - alphasCumprod[i]));
        return coefficients;
    }

    /**
     * What the noisy sample is multiplied by in the mean of a step.
     *
     * @return a number for each index, a copy
     */
    public double[] posteriorMeanCoef2() {
        double[] coefficients = new double[betas.length];
        Arrays.setAll(
                coefficients, i -> (1 - alphaCumprodBefore(i)) * Math.sqrt(1 - betas[i]) / (1 - alphasCumprod[i]));
        return coefficients;
    }

    /**
     * The forward process.
     *
     * @param sample clean samples, [B,…]
     * @param noise standard normal numbers, the same shape
     * @param indices one for each sample
     * @return √ᾱ·x₀ + √(1−ᾱ)·ε, a new array
     * @throws IllegalArgumentException if the shapes or the number of indices differ
     * @throws IndexOutOfBoundsException if there is no such step
     */
    public INDArray addNoise(INDArray sample, INDArray noise, int... indices) {
        if (!sample.equalShapes(noise) || sample.size(0) != indices.length) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "noise: expected the sample's shape %s and an index for each, found %s and %d",
                    Arrays.toString(sample.shape()),
                    Arrays.toString(noise.shape()),
                    indices.length));
        }
        float[] signal = new float[indices.length];
        float[] noisy = new float[indices.length];
        for (int i = 0; i < indices.length; i++) {
            double share = alphasCumprod[Objects.checkIndex(indices[i], length())];
            signal[i] = (float) Math.sqrt(share);
            noisy[i] = (float) Math.sqrt(1 - share);
        }
        return LinearCombination.perImage(signal, sample, noisy, noise);
    }

    /** The clean sample that a network predicts, not clipped; a new array. */
    INDArray denoised(int index, INDArray sample, INDArray prediction) {
        return options.predictXstart() ? prediction.dup() : denoisedOfNoise(index, sample, prediction);
    }

    /** The clean sample for a noise; a new array. */
    INDArray denoisedOfNoise(int index, INDArray sample, INDArray noise) {
        double share = alphasCumprod[index];
        return LinearCombination.of(Math.sqrt(1 / share), sample, -Math.sqrt(1 / share - 1), noise);
    }

    /** The noise for a clean sample; a new array. */
    INDArray noiseOf(int index, INDArray sample, INDArray denoised) {
        double share = alphasCumprod[index];
        double factor = Math.sqrt(1 / share - 1);
        return LinearCombination.of(Math.sqrt(1 / share) / factor, sample, -1 / factor, denoised);
    }

    /**
     * The mean of a step if the clean sample is known: Ho et al. 2020 (arXiv:2006.11239), equation 7.
     *
     * @param index of the step
     * @param sample before the step
     * @param denoised the clean sample, the same shape
     * @return the mean, a new array
     * @throws IndexOutOfBoundsException if there is no such step
     */
    public INDArray posteriorMean(int index, INDArray sample, INDArray denoised) {
        double before = alphaCumprodBefore(index);
        double beta = betas[index];
        double noise = 1 - alphasCumprod[index];
        return LinearCombination.of(
                beta * Math.sqrt(before) / noise, denoised, (1 - before) * Math.sqrt(1 - beta) / noise, sample);
    }
}
