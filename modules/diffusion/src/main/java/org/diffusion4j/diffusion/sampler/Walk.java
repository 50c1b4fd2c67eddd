package org.diffusion4j.diffusion.sampler;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One walk of a {@link Sampler}, with the history that multistep solvers need. Only one thread at a time may use it. Arrays
 * that a step no longer needs are freed at once, since a loop would otherwise pile up native memory until the garbage
 * collector happens to run.
 */
public final class Walk implements AutoCloseable {
    private final Sampler sampler;
    private final double[] timesteps;
    private WalkState state;
    /** The network's input at the next step, once it was asked for. */
    private INDArray input;

    Walk(Sampler sampler, WalkState state) {
        this.sampler = sampler;
        this.timesteps = sampler.timesteps();
        this.state = state;
    }

    /** @return whether the last step is done */
    public boolean done() {
        return state.step() >= timesteps.length;
    }

    /** @return the next step, from 0 */
    public int step() {
        return state.step();
    }

    /** @return how many steps there are in all, including those before the walk's first one */
    public int steps() {
        return timesteps.length;
    }

    /**
     * The timestep that the network is given with the input.
     *
     * @return the next step's timestep
     * @throws IndexOutOfBoundsException if the walk is done
     */
    public double timestep() {
        return timesteps[state.step()];
    }

    /**
     * The network's input at the next step.
     *
     * @return the sample, scaled as the sampler wants it, [B,C,H,W]; it belongs to the walk, must not be changed and is
     *     valid until the step is done
     */
    public INDArray input() {
        if (input == null) {
            input = sampler.input(state);
        }
        return input;
    }

    /**
     * Whether the next step adds noise.
     *
     * @return whether {@link #advance} needs noise
     * @throws IndexOutOfBoundsException if the walk is done
     */
    public boolean drawsNoise() {
        return sampler.drawsNoise(state.step());
    }

    /**
     * Does the next step. The arguments still belong to the caller.
     *
     * @param modelOutput the network's output for {@link #input()} at {@link #timestep()}, [B,C,H,W]
     * @param noise standard normal numbers, [B,C,H,W]; may be null where {@link #drawsNoise()} says no
     * @throws IllegalArgumentException if a shape isn't as described, or noise is missing
     * @throws IndexOutOfBoundsException if the walk is done
     */
    public void advance(INDArray modelOutput, INDArray noise) {
        goTo(sampler.advance(state, modelOutput, noise));
    }

    /** @return the sample before the next step, [B,C,H,W]; it belongs to the walk and must not be changed */
    public INDArray sample() {
        return state.sample();
    }

    /**
     * The clean sample that was predicted in the step before.
     *
     * @return [B,C,H,W], clipped or thresholded; it belongs to the walk and must not be changed; null before the first step
     */
    public INDArray denoised() {
        return state.denoised();
    }

    /**
     * Replaces the sample, for example by one that keeps a part of a given picture.
     *
     * @param sample [B,C,H,W]; it belongs to the walk from now on
     * @throws IllegalArgumentException if its shape isn't that of the current sample
     */
    public void replaceSample(INDArray sample) {
        Checks.shape("sample", sample, state.sample());
        goTo(new WalkState(state.firstStep(), state.step(), sample, state.denoised(), state.history()));
    }

    private void goTo(WalkState next) {
        freeInput();
        state.closeAllBut(next);
        state = next;
    }

    private void freeInput() {
        if (input != null && input != state.sample() && input.closeable()) {
            input.close();
        }
        input = null;
    }

    /** @return a copy of the walk's state, for {@link Sampler#resume} */
    public WalkState state() {
        return state.copy();
    }

    /** Frees all arrays of the walk. */
    @Override
    public void close() {
        freeInput();
        state.closeAllBut(null);
    }
}
