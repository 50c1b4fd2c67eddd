package org.diffusion4j.pipeline;

import java.util.function.Supplier;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.sampler.Walk;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.UNetGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The loop from noise to samples, which runs a network at every step of a sampler's walk. The samples may be pictures or
 * anything else. Each array is freed as soon as it isn't needed any more, since the garbage collector doesn't know the size
 * of arrays outside of Java's heap, and would free them too late. The loop has no state, so threads may share it if they
 * may share the network.
 */
public final class Denoising {
    private final NoisePredictor network;
    private final Sampler sampler;
    private final Conditioning conditioning;

    /**
     *
     * Makes a loop.
     *
     * @param network makes the predictions; the caller closes it
     * @param sampler makes steps from the predictions
     * @param conditioning the network's inputs besides samples and timesteps; the caller closes it
     */
    public Denoising(NoisePredictor network, Sampler sampler, Conditioning conditioning) {
        this.network = network;
        this.sampler = sampler;
        this.conditioning = conditioning;
    }

    /** Is called after each step. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Called when a step is done.
         *
         * @param step the step
         * @param modelOutput the network's prediction after guidance, [N,…]; it is freed when this method returns
         * @param samples the samples after the step, [N,…]; they must not be changed, and are freed at a later step
         */
        void stepped(SamplingStep step, INDArray modelOutput, INDArray samples);
    }

    /**
     * Walks from noise to samples.
     *
     * @param noise standard normal numbers, [N,…]; they still belong to the caller
     * @param stepNoise gives further standard normal numbers, [N,…], at each step that draws noise; they are freed
     * @param listener is called after each step; an exception that it throws ends the walk
     * @return the samples, [N,…], which belong to the caller
     * @throws Diffusion4jException if a prediction or a sample isn't finite; the message names the step
     */
    public INDArray denoise(INDArray noise, Supplier<INDArray> stepNoise, Listener listener) {
        try (Walk walk = begin(noise)) {
            while (!walk.done()) {
                SamplingStep step = new SamplingStep(walk.step() + 1, walk.steps(), walk.timestep());
                INDArray output = guided(walk.input(), step);
                try {
                    advance(walk, output, stepNoise);
                    step.requireFinite(UNetGraph.SAMPLE, "after the sampler's step", walk.sample());
                    listener.stepped(step, output, walk.sample());
                } finally {
                    free(output);
                }
            }
            return walk.sample().dup();
        }
    }

    private Walk begin(INDArray noise) {
        INDArray scaled = noise.mul(sampler.initNoiseSigma());
        try {
            return sampler.begin(scaled, 0);
        } finally {
            free(scaled);
        }
    }

    private static void advance(Walk walk, INDArray output, Supplier<INDArray> stepNoise) {
        INDArray noise = walk.drawsNoise() ? stepNoise.get() : null;
        try {
            walk.advance(output, noise);
        } finally {
            free(noise);
        }
    }

    private INDArray guided(INDArray samples, SamplingStep step) {
        INDArray output = predict(samples, step);
        INDArray guided = null;
        try {
            step.requireFinite(UNetGraph.OUTPUT, "from the network", output);
            guided = conditioning.combined(output);
            if (guided != output) {
                step.requireFinite(
                        UNetGraph.OUTPUT,
                        "with a guidance of " + conditioning.guidance().scale(),
                        guided);
            }
            return guided;
        } finally {
            if (guided != output) {
                free(output);
            }
        }
    }

    private INDArray predict(INDArray samples, SamplingStep step) {
        INDArray batch = conditioning.batch(samples);
        INDArray timesteps = Nd4j.valueArrayOf(new long[] {batch.size(0)}, step.timestep(), DataType.FLOAT);
        try {
            return network.predict(batch, timesteps, conditioning.inputs());
        } finally {
            free(timesteps);
            if (batch != samples) {
                free(batch);
            }
        }
    }

    /** Frees an array, if it isn't null and has its own memory. */
    static void free(INDArray array) {
        if (array != null && array.closeable()) {
            array.close();
        }
    }
}
