package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.Arrays;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.diffusion4j.diffusion.schedule.Sigmas;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Consistency models: Song et al. 2023 (arXiv:2303.01469), algorithm 1. Diffusers' {@code CMStochasticIterativeScheduler}. The
 * network is given 250·ln(σ) as its timestep; if there is more than one step, each draws noise, including the last one,
 * whose noise is multiplied by 0. (Rounding may make diffusers take the root of a number just below 0 for that factor,
 * which is NaN; here it is 0 in that case, too.)
 *
 * @param numTrainTimesteps how many timesteps the network was distilled over, 2 to 1,000,000
 * @param sigmaMin the least σ, above 0
 * @param sigmaMax the largest σ, at least {@code sigmaMin}
 * @param sigmaData the data's standard deviation, above 0
 * @param sNoise the standard deviation of the added noise
 * @param rho ρ, above 0: the larger it is, the shorter are the steps at little noise
 * @param clipDenoised whether the predicted clean sample is clipped to ±1
 */
@RecordBuilder
public record ConsistencyModelConfig(
        int numTrainTimesteps,
        double sigmaMin,
        double sigmaMax,
        double sigmaData,
        double sNoise,
        double rho,
        boolean clipDenoised)
        implements SchedulerConfig, ConsistencyModelConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public ConsistencyModelConfig {
        Checks.trainTimesteps(numTrainTimesteps);
        require(numTrainTimesteps >= 2, "num_train_timesteps", "at least 2", numTrainTimesteps);
        Checks.sigmas(sigmaMin, sigmaMax, sigmaData, rho);
        require(sNoise >= 0 && Double.isFinite(sNoise), "s_noise", "a finite number of at least 0", sNoise);
    }

    /** Diffusers' defaults. */
    public ConsistencyModelConfig() {
        this(40, 0.002, 80, 0.5, 1, 7, true);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.CONSISTENCY_MODEL;
    }

    /** @return epsilon, which is what diffusers calls the scalings of Karras et al. 2022 */
    @Override
    public Prediction predictionType() {
        return Prediction.EPSILON;
    }

    @Override
    public NoiseSchedule noise() {
        throw Checks.noTable(kind());
    }

    /**
     * x₀ + σ·ε with σ = exp(t/250).
     *
     * @param timesteps t = 250·ln(σ)
     */
    @Override
    public INDArray addNoise(INDArray sample, INDArray noise, double... timesteps) {
        return Sigmas.addNoise(
                sample,
                noise,
                Arrays.stream(timesteps).map(t -> Math.exp(t / 250)).toArray());
    }

    /** {@inheritDoc} Timesteps are whole numbers, from {@code num_train_timesteps} − 1, the largest σ, down to 0. */
    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNumberOrTimesteps(kind());
        return new ConsistencyModelSampler(
                this,
                points(
                        steps.timesteps() == null
                                ? even(steps.number())
                                : Checks.givenTimesteps(steps.timesteps(), numTrainTimesteps)));
    }

    private long[] even(int steps) {
        Checks.inferenceSteps(steps, numTrainTimesteps);
        long[] timesteps = new long[steps];
        Arrays.setAll(timesteps, i -> (steps - 1L - i) * (numTrainTimesteps / steps));
        return timesteps;
    }

    /** As in diffusers, the sigmas belong to the timesteps in reverse order: timestep 0 is position 0, which has the largest σ. */
    private SigmaPoints points(long[] descending) {
        int count = descending.length;
        double[] sigmas = new double[count + 1];
        double[] timesteps = new double[count];
        for (int i = 0; i < count; i++) {
            double position = descending[count - 1 - i] / (numTrainTimesteps - 1.0);
            sigmas[i] = Sigmas.karras(sigmaMin, sigmaMax, rho, position);
            timesteps[i] = 250 * Math.log(sigmas[i]);
        }
        sigmas[count] = sigmaMin;
        return new SigmaPoints(timesteps, sigmas);
    }

    private static final class ConsistencyModelSampler extends EdmSampler {
        private final ConsistencyModelConfig config;

        ConsistencyModelSampler(ConsistencyModelConfig config, SigmaPoints points) {
            super(points, config.sigmaData, config.sigmaMax);
            this.config = config;
        }

        @Override
        public boolean drawsNoise(int step) {
            sigma(step);
            return points.timesteps().length > 1;
        }

        @Override
        public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
            double sigma = sigma(state.step());
            INDArray sample = state.sample();
            Checks.shape("model output", modelOutput, sample);
            double min = config.sigmaMin;
            double data = config.sigmaData;
            double above = sigma - min;
            INDArray denoised = LinearCombination.of(
                    above * data / Math.hypot(sigma, data),
                    modelOutput,
                    data * data / (above * above + data * data),
                    sample);
            if (config.clipDenoised) {
                Clipping.clip(denoised, 1);
            }
            if (!drawsNoise(state.step())) {
                return state.next(denoised, denoised);
            }
            Checks.shape("noise", noise, sample);
            double next = Math.max(points.sigmas()[state.step() + 1], min);
            double added = config.sNoise * Math.sqrt(next * next - min * min);
            return state.next(LinearCombination.of(1, denoised, added, noise), denoised);
        }
    }
}
