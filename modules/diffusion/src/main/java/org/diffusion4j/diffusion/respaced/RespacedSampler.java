package org.diffusion4j.diffusion.respaced;

import static org.diffusion4j.Requirement.require;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.sampler.WalkState;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** A walk over the steps of a {@link RespacedProcess}, from the last index to 0. */
abstract sealed class RespacedSampler implements Sampler permits RespacedDdpm, RespacedDdim {
    final RespacedProcess process;
    final StepOutput output;
    private final boolean clip;

    RespacedSampler(RespacedProcess process, StepOutput output, boolean clip) {
        this.process = process;
        this.output = output;
        this.clip = clip;
    }

    /** The index of a step. */
    final int index(int step) {
        return process.length() - 1 - Objects.checkIndex(step, process.length());
    }

    @Override
    public final double[] timesteps() {
        double[] timesteps = new double[process.length()];
        Arrays.setAll(timesteps, step -> process.modelTimestep(index(step)));
        return timesteps;
    }

    @Override
    public final double[] sigmas() {
        double[] sigmas = new double[process.length() + 1];
        Arrays.setAll(sigmas, step -> step == process.length() ? 0 : sigma(process.alphaCumprod(index(step))));
        return sigmas;
    }

    private static double sigma(double alphaCumprod) {
        return Math.sqrt((1 - alphaCumprod) / alphaCumprod);
    }

    @Override
    public final INDArray addNoise(INDArray sample, INDArray noise, int step) {
        int[] indices = new int[(int) sample.size(0)];
        Arrays.fill(indices, index(step));
        return process.addNoise(sample, noise, indices);
    }

    /** The clean sample that the network predicts; a new array. */
    final INDArray denoised(int index, INDArray sample, INDArray modelOutput) {
        INDArray denoised = process.denoised(index, sample, output.prediction(modelOutput, sample));
        return clip ? Transforms.max(Transforms.min(denoised, 1, false), -1, false) : denoised;
    }

    static WalkState next(WalkState state, INDArray sample, INDArray denoised) {
        return new WalkState(state.firstStep(), state.step() + 1, sample, denoised, List.of());
    }

    static void requireNoise(INDArray noise, INDArray sample) {
        require(
                noise != null && noise.equalShapes(sample),
                "noise",
                Arrays.toString(sample.shape()),
                noise == null ? "none" : Arrays.toString(noise.shape()));
    }
}
