package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.LinearCombination;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The multistep method of PNDM (Liu et al. 2022, arXiv:2202.09778) with lower orders at its beginning, over a time from 1 to 0
 * at which a sample is cos(πt/2)·x₀ + sin(πt/2)·ε; the network predicts v (Crowson's v-diffusion). Diffusers'
 * {@code IPNDMScheduler}. At time 1 nothing of x₀ is left; like diffusers, the first step of a walk from there assumes that
 * x₀ is 0.
 *
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param trainedBetas the size of the noise before each step and at the end: at least two numbers in [0, 1], which also fix
 *     the number of steps; null for sin²(πt/2) at even times t
 */
@RecordBuilder
public record IpndmConfig(int numTrainTimesteps, @OrNull List<Double> trainedBetas)
        implements SchedulerConfig, IpndmConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public IpndmConfig {
        Checks.trainTimesteps(numTrainTimesteps);
        if (trainedBetas != null) {
            require(trainedBetas.size() >= 2, "trained_betas", "at least 2", trainedBetas.size());
            trainedBetas.forEach(beta -> Checks.unit("trained_betas", beta));
            trainedBetas = List.copyOf(trainedBetas);
        }
    }

    /** Diffusers' defaults. */
    public IpndmConfig() {
        this(1000, null);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.IPNDM;
    }

    /** @return always v */
    @Override
    public Prediction predictionType() {
        return Prediction.V_PREDICTION;
    }

    @Override
    public NoiseSchedule noise() {
        throw Checks.noTable(kind());
    }

    /**
     * Adds noise: cos(πt/2)·x₀ + sin(πt/2)·ε.
     *
     * @param timesteps t, from 0 to 1
     */
    @Override
    public INDArray addNoise(INDArray sample, INDArray noise, double... timesteps) {
        for (double timestep : timesteps) {
            Checks.unit("timestep", timestep);
        }
        return NoiseSchedule.mixed(
                sample,
                Arrays.stream(timesteps).map(t -> Math.cos(t * Math.PI / 2)).toArray(),
                noise,
                Arrays.stream(timesteps).map(t -> Math.sin(t * Math.PI / 2)).toArray());
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNumber(kind());
        Checks.steps(steps.number());
        return new IpndmSampler(trainedBetas == null ? squaredSines(steps.number()) : floats(trainedBetas));
    }

    /** This is computed in float like PyTorch, since its rounding is visible where little of x₀ is left. */
    private static float[] squaredSines(int steps) {
        float[] betas = new float[steps + 1];
        float step = -1f / steps;
        for (int i = 0; i < steps; i++) {
            float time = i < (steps + 1) / 2 ? Math.fma(step, i, 1f) : -step * (steps - i);
            float sine = (float) Math.sin(time * (float) Math.PI / 2);
            betas[i] = sine * sine;
        }
        return betas;
    }

    private static float[] floats(List<Double> betas) {
        float[] values = new float[betas.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = betas.get(i).floatValue();
        }
        return values;
    }

    /** The history is the noise that was predicted in the last three steps, the newest last. */
    private static final class IpndmSampler implements Sampler {
        /** Diffusers' lower bound of the number that the first step divides by. */
        private static final double MIN_ALPHA = 1e-8;

        private final float[] betas;
        private final float[] alphas;

        IpndmSampler(float[] betas) {
            this.betas = betas;
            alphas = new float[betas.length];
            for (int i = 0; i < alphas.length; i++) {
                alphas[i] = (float) Math.sqrt(1 - betas[i] * betas[i]);
            }
        }

        @Override
        public double[] timesteps() {
            double[] timesteps = new double[betas.length - 1];
            Arrays.setAll(timesteps, i -> Math.atan2(betas[i], alphas[i]) / Math.PI * 2);
            return timesteps;
        }

        @Override
        public double[] sigmas() {
            double[] sigmas = new double[betas.length];
            Arrays.setAll(sigmas, i -> (double) betas[i] / alphas[i]);
            return sigmas;
        }

        @Override
        public INDArray addNoise(INDArray sample, INDArray noise, int step) {
            drawsNoise(step);
            Checks.shape("noise", noise, sample);
            return LinearCombination.of(alphas[step], sample, betas[step], noise);
        }

        @Override
        public boolean drawsNoise(int step) {
            Objects.checkIndex(step, betas.length - 1);
            return false;
        }

        @Override
        public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
            int i = state.step();
            drawsNoise(i);
            INDArray sample = state.sample();
            Checks.shape("model output", modelOutput, sample);
            INDArray denoised = LinearCombination.of(alphas[i], sample, -betas[i], modelOutput);
            List<INDArray> noises = new ArrayList<>(Adams.newest(state.history()));
            noises.add(LinearCombination.of(betas[i], sample, alphas[i], modelOutput));
            INDArray slope = Adams.slope(noises);
            INDArray clean = LinearCombination.of(1, sample, -betas[i], slope);
            clean.divi(Math.max(alphas[i], MIN_ALPHA));
            INDArray next = LinearCombination.of(alphas[i + 1], clean, betas[i + 1], slope);
            slope.close();
            clean.close();
            return state.next(next, denoised, noises);
        }
    }
}
