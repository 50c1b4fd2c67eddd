package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import java.util.List;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Walks from noise to a sample. A sampler has no state and draws no random numbers itself, so that any run can be replayed,
 * and threads may share it. The state is in a {@link Walk}:
 *
 * <pre>{@code
 * try (Walk walk = sampler.begin(noise.mul(sampler.initNoiseSigma()), 0)) {
 *     while (!walk.done()) {
 *         INDArray output = network(walk.input(), walk.timestep());
 *         walk.advance(output, walk.drawsNoise() ? drawn : null);
 *     }
 *     return walk.sample();
 * }
 * }</pre>
 */
public interface Sampler {
    /** @return the timestep that the network is given at each step, in order, a copy */
    double[] timesteps();

    /**
     * The size of the noise at each step, relative to a signal of size 1.
     *
     * @return σ at each step and after the last one, so one number more than there are steps; a copy
     */
    double[] sigmas();

    /** @return the standard deviation of the noise that a walk from the first step starts from */
    default double initNoiseSigma() {
        return 1;
    }

    /**
     * How many steps one interval of the noise has. A walk can begin only at a multiple of it.
     *
     * @return 1, or 2 if every second step corrects the one before it
     */
    default int order() {
        return 1;
    }

    /**
     * Adds the noise of a step to a clean sample. A walk that begins in the middle starts from the result.
     *
     * @param sample clean samples, [B,…]
     * @param noise standard normal numbers, the same shape
     * @param step from 0
     * @return noisy samples, a new array
     * @throws IndexOutOfBoundsException if there is no such step
     */
    INDArray addNoise(INDArray sample, INDArray noise, int step);

    /**
     * Gives the network's input for a state's sample.
     *
     * @param state before the step
     * @return the network's input: the sample itself, or a new array
     */
    default INDArray input(WalkState state) {
        return state.sample();
    }

    /**
     * Whether a step adds noise.
     *
     * @param step from 0
     * @return whether {@link #advance} needs its noise
     * @throws IndexOutOfBoundsException if there is no such step
     */
    boolean drawsNoise(int step);

    /**
     * Does one step. The arguments aren't changed.
     *
     * @param state before the step
     * @param modelOutput the network's output for {@link #input} at the step's timestep, [B,C,H,W]; [B,2C,H,W] where the
     *     network also learned the variance
     * @param noise standard normal numbers, [B,C,H,W]; may be null where {@link #drawsNoise} says no
     * @return the state after the step
     * @throws IllegalArgumentException if a shape isn't as described, or noise is missing
     * @throws IndexOutOfBoundsException if the walk is at its end
     */
    WalkState advance(WalkState state, INDArray modelOutput, INDArray noise);

    /**
     * Begins a walk.
     *
     * @param sample [B,C,H,W]: noise with the standard deviation {@link #initNoiseSigma}, or what {@link #addNoise} gave
     *     for the first step
     * @param firstStep from 0, a multiple of {@link #order}
     * @return the walk, which the caller closes; the sample stays the caller's
     * @throws IllegalArgumentException if the first step is in the middle of an interval
     * @throws IndexOutOfBoundsException if there is no such step
     */
    default Walk begin(INDArray sample, int firstStep) {
        Objects.checkIndex(firstStep, timesteps().length);
        require(firstStep % order() == 0, "firstStep", "a multiple of " + order(), firstStep);
        return resume(new WalkState(firstStep, firstStep, sample.dup(), null, List.of()));
    }

    /**
     * Continues a walk.
     *
     * @param state what {@link Walk#state()} gave for a walk of the same sampler
     * @return the walk, which the caller closes; the state's arrays are now the walk's
     */
    default Walk resume(WalkState state) {
        return new Walk(this, state);
    }
}
