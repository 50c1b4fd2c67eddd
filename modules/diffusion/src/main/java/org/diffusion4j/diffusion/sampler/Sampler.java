package org.diffusion4j.diffusion.sampler;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Walks from noise to a sample: for each i from 0, feed the network {@link #scaleModelInput} of the sample and
 * {@code timesteps()[i]}, and give its output to {@link #step}. A sampler has no state and draws nothing itself, so that any
 * run can be replayed, and threads may share it.
 */
public interface Sampler {
    /** @return the timesteps to visit, in order, a copy */
    long[] timesteps();

    /** @return the standard deviation of the noise that the walk starts from */
    default double initNoiseSigma() {
        return 1;
    }

    /**
     * What the network is given of a sample.
     *
     * @param sample [B,C,H,W]
     * @param i the step, from 0
     * @return the network's input: the sample itself, unless a sampler says otherwise
     */
    default INDArray scaleModelInput(INDArray sample, int i) {
        return sample;
    }

    /**
     * Whether a step adds noise.
     *
     * @param i the step, from 0
     * @return whether {@link #step} needs its noise
     * @throws IndexOutOfBoundsException if there is no such step
     */
    boolean drawsNoise(int i);

    /**
     * One step. The inputs stay as they are.
     *
     * @param modelOutput the network's output for the sample at {@code timesteps()[i]}, [B,C,H,W]; [B,2C,H,W] where the network
     *     also learned the variance
     * @param i the step, from 0
     * @param sample the sample before the step, [B,C,H,W]
     * @param noise standard normal numbers, [B,C,H,W]; may be null where {@link #drawsNoise} says no
     * @return the sample after the step, and the clean sample that the network predicts
     * @throws IllegalArgumentException if a shape is not as said, or noise is missing
     * @throws IndexOutOfBoundsException if there is no such step
     */
    Step step(INDArray modelOutput, int i, INDArray sample, INDArray noise);

    /**
     * What a step gives; both are new arrays.
     *
     * @param prevSample the sample at the next timestep, which has less noise; [B,C,H,W]
     * @param predOriginalSample the clean sample as predicted at this step, clipped or thresholded; [B,C,H,W]
     */
    record Step(INDArray prevSample, INDArray predOriginalSample) {}
}
