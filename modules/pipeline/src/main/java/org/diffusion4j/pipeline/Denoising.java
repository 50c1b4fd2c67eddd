package org.diffusion4j.pipeline;

import java.util.function.Function;
import java.util.function.Supplier;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.sampler.Walk;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.UNetGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The loop from noise to samples, which runs a network at every step of a sampler's walk. The samples may be pictures or
 * anything else. Each array is freed as soon as it isn't needed any more, since the garbage collector doesn't know the size
 * of arrays outside of Java's heap, and would free them too late. The loop has no state, so threads may share it if they
 * may share the network.
 */
public final class Denoising {
    private final StepNetwork network;
    private final Sampler sampler;
    private final Function<SamplingStep, Conditioning> conditionings;

    /**
     *
     * Makes a loop.
     *
     * @param network makes the predictions; the caller closes it
     * @param sampler makes steps from the predictions
     * @param conditioning the network's inputs besides samples and timesteps; the caller closes it
     */
    public Denoising(NoisePredictor network, Sampler sampler, Conditioning conditioning) {
        this(StepNetwork.of(network), sampler, step -> conditioning);
    }

    /**
     * Makes a loop whose steps may differ.
     *
     * @param network makes the predictions; the caller closes it
     * @param sampler makes steps from the predictions
     * @param conditionings the network's inputs besides samples and timesteps at each step; the caller closes them
     */
    public Denoising(StepNetwork network, Sampler sampler, Function<SamplingStep, Conditioning> conditionings) {
        this.network = network;
        this.sampler = sampler;
        this.conditionings = conditionings;
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

    /** Looks at a walk after each step, and may change its samples. */
    @FunctionalInterface
    public interface Companion {
        /**
         * Called when a step is done.
         *
         * @param step the step
         * @param modelOutput the network's prediction after guidance, [N,…]; it is freed when this method returns
         * @param walk the walk after the step, whose samples may be replaced
         */
        void stepped(SamplingStep step, INDArray modelOutput, Walk walk);
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
        INDArray start = noise.mul(sampler.initNoiseSigma());
        try {
            return denoise(
                    start,
                    0,
                    stepNoise,
                    (step, output, walk) -> listener.stepped(step, output, walk.sample()),
                    Walk::sample);
        } finally {
            free(start);
        }
    }

    /**
     * Walks from noisy samples to clean ones.
     *
     * @param start the samples before the first step, [N,…]; they still belong to the caller
     * @param firstStep the sampler's first step, from 0
     * @param stepNoise gives standard normal numbers, [N,…], at each step that draws noise; they are freed
     * @param companion is called after each step; an exception that it throws ends the walk
     * @param result what is wanted of the walk at its end: its samples, or what was predicted last
     * @return a copy of the result, [N,…], which belongs to the caller
     * @throws Diffusion4jException if a prediction or a sample isn't finite; the message names the step
     */
    public INDArray denoise(
            INDArray start,
            int firstStep,
            Supplier<INDArray> stepNoise,
            Companion companion,
            Function<Walk, INDArray> result) {
        try (Walk walk = sampler.begin(start, firstStep)) {
            while (!walk.done()) {
                SamplingStep step =
                        new SamplingStep(walk.step() - firstStep + 1, walk.steps() - firstStep, walk.timestep());
                INDArray output = guided(walk.input(), step);
                try {
                    advance(walk, output, stepNoise);
                    step.requireFinite(UNetGraph.SAMPLE, "after the sampler's step", walk.sample());
                    companion.stepped(step, output, walk);
                } finally {
                    free(output);
                }
            }
            return result.apply(walk).dup();
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
        Conditioning conditioning = conditionings.apply(step);
        INDArray output = predict(samples, step, conditioning);
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

    private INDArray predict(INDArray samples, SamplingStep step, Conditioning conditioning) {
        INDArray batch = conditioning.batch(samples);
        try {
            return network.predict(batch, step, conditioning);
        } finally {
            if (batch != samples) {
                free(batch);
            }
        }
    }

    /**
     * Frees an array, unless it is null, a view or freed already.
     *
     * @param array an array that nobody needs any more; may be null
     */
    public static void free(INDArray array) {
        if (array != null && array.closeable()) {
            array.close();
        }
    }
}
