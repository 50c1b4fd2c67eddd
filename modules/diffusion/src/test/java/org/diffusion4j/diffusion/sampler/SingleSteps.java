package org.diffusion4j.diffusion.sampler;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A sampler whose steps are taken one by one, each as if it were a walk's first. */
record SingleSteps(Sampler sampler) {
    WalkState step(INDArray modelOutput, int i, INDArray sample, INDArray noise) {
        return sampler.advance(new WalkState(i, i, sample, null, List.of()), modelOutput, noise);
    }

    boolean drawsNoise(int i) {
        return sampler.drawsNoise(i);
    }

    double[] timesteps() {
        return sampler.timesteps();
    }

    double initNoiseSigma() {
        return sampler.initNoiseSigma();
    }
}
