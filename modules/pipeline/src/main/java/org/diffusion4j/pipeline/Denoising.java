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
 * From noise to samples: a network asked at every step of a sampler's walk. What the samples are, pictures or anything else, it
 * doesn't know. Each array is freed as soon as nobody needs it: the garbage collector doesn't see how large arrays outside of
 * Java's heap are, and would come late. It has no state, so that threads may share it where they may share the network.
 */
public final class Denoising {
    private final NoisePredictor network;
    private final Sampler sampler;
    private final Conditioning conditioning;

    /**
     * A loop.
     *
     * @param network predicts; stays the caller's
     * @param sampler makes steps of its predictions
     * @param conditioning what the network is given beside samples and timesteps; stays the caller's
     */
    public Denoising(NoisePredictor network, Sampler sampler, Conditioning conditioning) {
        this.network = network;
        this.sampler = sampler;
        this.conditioning = conditioning;
    }

    /** Told after each step. */
    @FunctionalInterface
    public interface Listener {
        /**
         * A step is done.
         *
         * @param step which
         * @param modelOutput the network's prediction, guided, [N,…]; freed when this returns
         * @param samples what the step made of it, [N,…]; not to be changed, and freed at a later step
         */
        void stepped(SamplingStep step, INDArray modelOutput, INDArray samples);
    }

    /**
     * Walks from noise to samples.
     *
     * @param noise standard normal numbers, [N,…]; stays the caller's
     * @param stepNoise asked for more of them, [N,…], at each step that draws noise; what it gives is freed
     * @param listener told after each step; what it throws ends the walk
     * @return the samples, [N,…], the caller's own
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

    /** Frees an array, if there is one and it has memory of its own. */
    static void free(INDArray array) {
        if (array != null && array.closeable()) {
            array.close();
        }
    }
}
