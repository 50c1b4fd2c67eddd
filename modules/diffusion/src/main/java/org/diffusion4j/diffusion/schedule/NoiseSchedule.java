package org.diffusion4j.diffusion.schedule;

import java.util.Arrays;
import java.util.List;
import org.diffusion4j.diffusion.LinearCombination;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How much of a sample is noise at each training timestep: x_t = √ᾱ_t·x₀ + √(1−ᾱ_t)·ε (Ho et al. 2020, arXiv:2006.11239,
 * equation 4). The tables are float, computed as PyTorch does it. The cumulative product is kept in double and each entry
 * is rounded, as in PyTorch's cumprod.
 */
public final class NoiseSchedule {
    /** The ᾱ that replaces 0. */
    private static final float FINITE_SIGMA = 0x1p-24f;

    private final float[] betas;
    private final float[] alphasCumprod;

    /** @param options say the betas: {@code trained_betas} if given, otherwise {@code beta_schedule} */
    public NoiseSchedule(BetaOptions options) {
        float[] configured = options.trainedBetas() == null
                ? options.betaSchedule().betas(options.numTrainTimesteps(), options.betaStart(), options.betaEnd())
                : toFloats(options.trainedBetas());
        betas = options.rescaleBetasZeroSnr() ? rescaledToZeroTerminalSnr(configured) : configured;
        alphasCumprod = cumulativeAlphas(betas);
    }

    private NoiseSchedule(float[] betas, float[] alphasCumprod) {
        this.betas = betas;
        this.alphasCumprod = alphasCumprod;
    }

    /**
     * The same schedule without the infinite σ of a zero terminal SNR: its last ᾱ is 2⁻²⁴, diffusers' number for samplers that
     * work with σ.
     *
     * @return a schedule whose last ᾱ isn't 0
     */
    public NoiseSchedule withFiniteSigmas() {
        float[] products = alphasCumprod.clone();
        if (products[products.length - 1] == 0) {
            products[products.length - 1] = FINITE_SIGMA;
        }
        return new NoiseSchedule(betas, products);
    }

    /** @return how many timesteps the tables have */
    public int length() {
        return betas.length;
    }

    /** @return beta_t, a copy */
    public float[] betas() {
        return betas.clone();
    }

    /** @return ᾱ_t, the product of 1 − beta up to t, a copy */
    public float[] alphasCumprod() {
        return alphasCumprod.clone();
    }

    /**
     * Gives one entry of {@link #alphasCumprod()}.
     *
     * @param timestep from 0 to {@link #length()} − 1
     * @return ᾱ, in [0, 1]
     * @throws IllegalArgumentException if there is no such timestep
     */
    public float alphaCumprod(long timestep) {
        if (timestep < 0 || timestep >= alphasCumprod.length) {
            throw new IllegalArgumentException(
                    "timestep: expected 0 to " + (alphasCumprod.length - 1) + ", found " + timestep);
        }
        return alphasCumprod[(int) timestep];
    }

    /** @return σ_t = √((1−ᾱ_t)/ᾱ_t), the noise's size relative to a signal of size 1, rounded to floats; infinite where ᾱ_t is 0 */
    public double[] sigmas() {
        double[] sigmas = new double[alphasCumprod.length];
        // PyTorch rounds the root of 2²⁴ − 1 up to the next float.
        Arrays.setAll(
                sigmas,
                t -> alphasCumprod[t] == FINITE_SIGMA
                        ? 0x1p12
                        : (float) Math.sqrt((1 - alphasCumprod[t]) / alphasCumprod[t]));
        return sigmas;
    }

    /**
     * Gives the signal-to-noise ratio.
     *
     * @param timestep from 0 to {@link #length()} − 1
     * @return ᾱ/(1−ᾱ)
     * @throws IllegalArgumentException if there is no such timestep
     */
    public double snr(long timestep) {
        double alphaCumprod = alphaCumprod(timestep);
        return alphaCumprod / (1 - alphaCumprod);
    }

    /**
     * The forward process.
     *
     * @param sample clean samples x₀, [B,…]
     * @param noise ε, the same shape
     * @param timesteps one per image, each from 0 to {@link #length()} − 1
     * @return √ᾱ·x₀ + √(1−ᾱ)·ε, a new array
     * @throws IllegalArgumentException if the shapes or the number of timesteps differ, or a timestep is out of range
     */
    public INDArray addNoise(INDArray sample, INDArray noise, long... timesteps) {
        requireBatch(sample, noise, timesteps.length);
        return LinearCombination.perImage(signalLevels(timesteps), sample, noiseLevels(timesteps), noise);
    }

    /**
     * Computes v, the training target of a network that predicts v (Salimans and Ho 2022, arXiv:2202.00512, appendix D).
     *
     * @param sample clean samples x₀, [B,…]
     * @param noise ε, the same shape
     * @param timesteps one per image, each from 0 to {@link #length()} − 1
     * @return √ᾱ·ε − √(1−ᾱ)·x₀, a new array
     * @throws IllegalArgumentException if the shapes or the number of timesteps differ, or a timestep is out of range
     */
    public INDArray velocity(INDArray sample, INDArray noise, long... timesteps) {
        requireBatch(sample, noise, timesteps.length);
        float[] minusNoiseLevels = noiseLevels(timesteps);
        for (int image = 0; image < minusNoiseLevels.length; image++) {
            minusNoiseLevels[image] = -minusNoiseLevels[image];
        }
        return LinearCombination.perImage(signalLevels(timesteps), noise, minusNoiseLevels, sample);
    }

    /**
     * A forward process with given levels.
     *
     * @param sample clean samples x₀, [B,…]
     * @param signalLevels what each sample is multiplied by
     * @param noise ε, the same shape
     * @param noiseLevels what the noise of each sample is multiplied by
     * @return the sums, a new array
     * @throws IllegalArgumentException if the shapes or the number of levels differ
     */
    public static INDArray mixed(INDArray sample, double[] signalLevels, INDArray noise, double[] noiseLevels) {
        requireBatch(sample, noise, noiseLevels.length);
        return LinearCombination.perImage(toFloats(signalLevels), sample, toFloats(noiseLevels), noise);
    }

    private static float[] toFloats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    static void requireBatch(INDArray sample, INDArray noise, int timesteps) {
        if (!sample.equalShapes(noise)) {
            throw new IllegalArgumentException("noise: expected the sample's shape " + Arrays.toString(sample.shape())
                    + ", found " + Arrays.toString(noise.shape()));
        }
        if (timesteps != sample.size(0)) {
            throw new IllegalArgumentException(
                    "timesteps: expected " + sample.size(0) + ", one per image, found " + timesteps);
        }
    }

    private float[] signalLevels(long[] timesteps) {
        float[] levels = new float[timesteps.length];
        for (int image = 0; image < levels.length; image++) {
            levels[image] = (float) Math.sqrt(alphaCumprod(timesteps[image]));
        }
        return levels;
    }

    private float[] noiseLevels(long[] timesteps) {
        float[] levels = new float[timesteps.length];
        for (int image = 0; image < levels.length; image++) {
            levels[image] = (float) Math.sqrt(1 - alphaCumprod(timesteps[image]));
        }
        return levels;
    }

    private static float[] toFloats(List<Double> values) {
        float[] floats = new float[values.size()];
        for (int t = 0; t < floats.length; t++) {
            floats[t] = values.get(t).floatValue();
        }
        return floats;
    }

    private static float[] cumulativeAlphas(float[] betas) {
        float[] products = new float[betas.length];
        double product = 1;
        for (int t = 0; t < betas.length; t++) {
            product *= 1 - betas[t];
            products[t] = (float) product;
        }
        return products;
    }

    /**
     * Shifts and scales √ᾱ so that the last entry is 0 and the first stays the same (Lin et al. 2023, arXiv:2305.08891,
     * algorithm 1).
     */
    private static float[] rescaledToZeroTerminalSnr(float[] betas) {
        float[] roots = cumulativeAlphas(betas);
        for (int t = 0; t < roots.length; t++) {
            roots[t] = (float) Math.sqrt(roots[t]);
        }
        float first = roots[0];
        float last = roots[roots.length - 1];
        float scale = first / (first - last);
        float[] rescaled = new float[betas.length];
        float before = 1;
        for (int t = 0; t < roots.length; t++) {
            float root = (roots[t] - last) * scale;
            float alphaCumprod = root * root;
            rescaled[t] = 1 - alphaCumprod / before;
            before = alphaCumprod;
        }
        return rescaled;
    }
}
