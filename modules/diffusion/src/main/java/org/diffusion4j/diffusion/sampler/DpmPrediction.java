package org.diffusion4j.diffusion.sampler;

import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.VarianceType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The predictions that DPM-Solver derives from a network's output.
 *
 * @param integrated ε or x₀, whichever the algorithm integrates
 * @param denoised x₀, thresholded; the same array as {@code integrated} if the algorithm integrates x₀
 */
record DpmPrediction(INDArray integrated, INDArray denoised) {
    static DpmPrediction of(
            SolverSchedulerConfig config,
            VarianceType variance,
            AlgorithmType algorithm,
            NoiseLevel level,
            INDArray modelOutput,
            INDArray sample) {
        boolean learned = variance != null && variance.isLearned() && config.predictionType() == Prediction.EPSILON;
        return of(
                config, algorithm, level, learned ? DdpmSampler.channels(modelOutput, sample, 0) : modelOutput, sample);
    }

    private static DpmPrediction of(
            SolverSchedulerConfig config,
            AlgorithmType algorithm,
            NoiseLevel level,
            INDArray modelOutput,
            INDArray sample) {
        Checks.shape("model output", modelOutput, sample);
        INDArray denoised = Clipping.threshold(config, level.denoised(config.predictionType(), modelOutput, sample));
        if (!algorithm.integratesNoise()) {
            return new DpmPrediction(denoised, denoised);
        }
        INDArray noise = config.thresholding()
                ? level.noise(denoised, sample)
                : level.noise(config.predictionType(), modelOutput, sample);
        return new DpmPrediction(noise, denoised);
    }
}
