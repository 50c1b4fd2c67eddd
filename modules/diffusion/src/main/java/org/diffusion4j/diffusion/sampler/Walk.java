package org.diffusion4j.diffusion.sampler;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One walk of a {@link Sampler}: it has the history that multistep solvers need. Not for several threads at once. What a step
 * leaves behind is freed at once: a loop would otherwise pile up native memory until the garbage collector happens to run.
 */
public final class Walk implements AutoCloseable {
    private final Sampler sampler;
    private final double[] timesteps;
    private WalkState state;
    /** Of the next step, once it was asked for. */
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

    /** @return how many steps there are in all, those before the walk's first included */
    public int steps() {
        return timesteps.length;
    }

    /**
     * What the network is given beside the input.
     *
     * @return the next step's timestep
     * @throws IndexOutOfBoundsException if the walk is done
     */
    public double timestep() {
        return timesteps[state.step()];
    }

    /**
     * What the network is given at the next step.
     *
     * @return the sample, scaled as the sampler wants it, [B,C,H,W]; the walk's own until the step is done, not to be changed
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
     * @return whether {@link #advance} needs some
     * @throws IndexOutOfBoundsException if the walk is done
     */
    public boolean drawsNoise() {
        return sampler.drawsNoise(state.step());
    }

    /**
     * Does the next step. The arguments stay the caller's.
     *
     * @param modelOutput the network's output for {@link #input()} at {@link #timestep()}, [B,C,H,W]
     * @param noise standard normal numbers, [B,C,H,W]; may be null where {@link #drawsNoise()} says no
     * @throws IllegalArgumentException if a shape is not as said, or noise is missing
     * @throws IndexOutOfBoundsException if the walk is done
     */
    public void advance(INDArray modelOutput, INDArray noise) {
        goTo(sampler.advance(state, modelOutput, noise));
    }

    /** @return the sample before the next step, [B,C,H,W]; the walk's own, not to be changed */
    public INDArray sample() {
        return state.sample();
    }

    /**
     * The clean sample as it was predicted at the step before.
     *
     * @return [B,C,H,W], clipped or thresholded; the walk's own, not to be changed; null before the first step
     */
    public INDArray denoised() {
        return state.denoised();
    }

    /**
     * Replaces the sample, such as by one that keeps a part of a given picture.
     *
     * @param sample [B,C,H,W], which is the walk's from now on
     * @throws IllegalArgumentException if its shape is another
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

    /** @return where the walk is, a copy, for {@link Sampler#resume} */
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
