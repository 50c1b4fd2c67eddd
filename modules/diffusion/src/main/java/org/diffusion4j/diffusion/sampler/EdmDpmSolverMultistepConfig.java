package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.FinalSigma;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * DPM-Solver++ as a multistep method (Lu et al. 2022, arXiv:2211.01095, algorithm 2 for order 2) for networks with the scalings of
 * Karras et al. 2022 (arXiv:2206.00364, table 1). Diffusers' {@code EDMDPMSolverMultistepScheduler}. The network is given
 * ln(σ)/4 as its timestep. If the final sigma is {@code sigma_min}, the last of several steps has length 0 and changes
 * nothing, whatever its order.
 *
 * @param sigmaMin the least σ, above 0
 * @param sigmaMax the largest σ, at least {@code sigmaMin}
 * @param sigmaData the data's standard deviation, above 0
 * @param sigmaSchedule how the sigmas are spaced
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param predictionType what the network predicts: {@code epsilon} as Karras et al. have it, {@code v_prediction} for the
 *     same with the opposite sign
 * @param rho ρ of the Karras sigmas, above 0: the larger it is, the shorter are the steps at little noise
 * @param solverOrder the order, at least 1; orders above 3 count as 3, and {@code sde-dpmsolver++} has no third
 * @param thresholding whether the predicted clean sample is thresholded by its quantile
 * @param dynamicThresholdingRatio which quantile of a sample's absolute values is the threshold, in [0, 1]
 * @param sampleMaxValue the largest threshold, above 0
 * @param algorithmType {@code dpmsolver++} or {@code sde-dpmsolver++}; {@code deis} is read as the first
 * @param solverType the variant of order 2; the types of other schedulers are read as {@code midpoint}
 * @param lowerOrderFinal whether the last two steps of fewer than 15 have a lower order
 * @param eulerAtFinal whether the last step has order 1
 * @param finalSigmasType the noise after the last step
 */
@RecordBuilder
public record EdmDpmSolverMultistepConfig(
        double sigmaMin,
        double sigmaMax,
        double sigmaData,
        SigmaSchedule sigmaSchedule,
        int numTrainTimesteps,
        Prediction predictionType,
        double rho,
        int solverOrder,
        boolean thresholding,
        double dynamicThresholdingRatio,
        double sampleMaxValue,
        AlgorithmType algorithmType,
        SolverType solverType,
        boolean lowerOrderFinal,
        boolean eulerAtFinal,
        FinalSigma finalSigmasType)
        implements SchedulerConfig,
                EdmOptions,
                MultistepOptions,
                ThresholdOptions,
                EdmDpmSolverMultistepConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public EdmDpmSolverMultistepConfig {
        Checks.sigmas(sigmaMin, sigmaMax, sigmaData, rho);
        Checks.trainTimesteps(numTrainTimesteps);
        Checks.noSamplePrediction(SchedulerKind.EDM_DPM_SOLVER_MULTISTEP, predictionType);
        algorithmType = algorithmType.forDpmSolver();
        solverType = solverType.forDpmSolver();
        require(
                !algorithmType.integratesNoise(),
                "algorithm_type",
                "dpmsolver++ or sde-dpmsolver++, as EDMDPMSolverMultistepScheduler takes no other",
                algorithmType.configName());
        Checks.solverOrder(solverOrder, algorithmType.isStochastic(), algorithmType);
        Checks.thresholding(dynamicThresholdingRatio, sampleMaxValue);
    }

    /** Diffusers' defaults. */
    public EdmDpmSolverMultistepConfig() {
        this(
                0.002,
                80,
                0.5,
                SigmaSchedule.KARRAS,
                1000,
                Prediction.EPSILON,
                7,
                2,
                false,
                0.995,
                1,
                AlgorithmType.DPMSOLVER_PLUS_PLUS,
                SolverType.MIDPOINT,
                true,
                false,
                FinalSigma.ZERO);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.EDM_DPM_SOLVER_MULTISTEP;
    }

    @Override
    public double last(double[] sigmas) {
        return sigmaMin;
    }

    @Override
    public NoiseSchedule noise() {
        return EdmOptions.super.noise();
    }

    @Override
    public INDArray addNoise(INDArray sample, INDArray noise, double... timesteps) {
        return EdmOptions.super.addNoise(sample, noise, timesteps);
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNumber(kind());
        return new EdmMultistepSampler(this, points(steps.number()));
    }

    private static final class EdmMultistepSampler extends EdmSampler {
        private final EdmDpmSolverMultistepConfig config;

        EdmMultistepSampler(EdmDpmSolverMultistepConfig config, SigmaPoints points) {
            super(points, config.sigmaData, Math.sqrt(config.sigmaMax * config.sigmaMax + 1));
            this.config = config;
        }

        @Override
        public boolean drawsNoise(int step) {
            sigma(step);
            return config.algorithmType.isStochastic();
        }

        @Override
        public WalkState advance(WalkState state, INDArray modelOutput, INDArray noise) {
            double sigma = sigma(state.step());
            Checks.shape("model output", modelOutput, state.sample());
            INDArray denoised = Clipping.threshold(config, config.denoised(modelOutput, state.sample(), sigma));
            List<INDArray> outputs = DpmMultistep.withNewest(denoised, state.history());
            int order = config.order(state, points.timesteps().length);
            INDArray next = new DpmMultistep(
                            config.algorithmType, config.solverType, step -> new NoiseLevel(1, points.sigmas()[step]))
                    .next(state, order, outputs, noise);
            return state.next(next, denoised, DpmMultistep.kept(outputs, config.solverOrder));
        }
    }
}
