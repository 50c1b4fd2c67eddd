package org.diffusion4j.diffusion.sampler;

import java.util.Map;
import java.util.Set;
import org.diffusion4j.config.ConfigKeys;
import org.diffusion4j.diffusion.CallArgument;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Everything that diffusers' {@code scheduler_config.json} says about a scheduler. There is one record for each of
 * diffusers' classes: its components are the class's keys, and its constructor without arguments sets the class's defaults.
 * A configuration that exists is valid. {@link CallArgument}s, such as {@code eta}, are
 * components, too.
 */
public sealed interface SchedulerConfig
        permits BetaSchedulerConfig, ConsistencyModelConfig, EdmDpmSolverMultistepConfig, EdmEulerConfig, IpndmConfig {
    /** @return which of diffusers' classes this configures */
    SchedulerKind kind();

    /** @return how many timesteps the network was trained on */
    int numTrainTimesteps();

    /** @return what the network predicts */
    Prediction predictionType();

    /**
     * The noise of each training timestep, as used to train a network.
     *
     * @return the schedule
     * @throws IllegalArgumentException if this kind of scheduler has no table of betas
     */
    NoiseSchedule noise();

    /**
     * The forward process in the form of this scheduler: √ᾱ·x₀ + √(1−ᾱ)·ε, or x₀ + σ·ε for those that work with sigmas.
     *
     * @param sample clean samples x₀, [B,…]
     * @param noise ε, the same shape
     * @param timesteps one for each sample
     * @return the noisy samples, a new array
     * @throws IllegalArgumentException if the shapes or the number of timesteps differ, or a timestep is out of range
     */
    INDArray addNoise(INDArray sample, INDArray noise, double... timesteps);

    /**
     * Makes a sampler that visits given points.
     *
     * @param steps the points that are visited
     * @return a sampler, which threads may share
     * @throws IllegalArgumentException if this scheduler can't visit them
     */
    Sampler sampler(Steps steps);

    /**
     * Makes a sampler with a number of steps, spaced as the configuration says.
     *
     * @param steps how many steps, at least 1
     * @return a sampler, which threads may share
     * @throws IllegalArgumentException if this scheduler can't take so many steps
     */
    default Sampler sampler(int steps) {
        return sampler(Steps.of(steps));
    }

    /**
     * Gives this configuration as {@code scheduler_config.json} has it, without {@code _class_name}.
     *
     * @return values by key
     */
    default Map<String, Object> toMap() {
        Map<String, Object> map = ConfigKeys.toMap((Record) this);
        map.keySet().removeAll(ConfigKeys.marked((Record) this, CallArgument.class));
        return map;
    }

    /** @return the values that diffusers passes to a step, by diffusers' names */
    default Map<String, Object> callArguments() {
        Map<String, Object> map = ConfigKeys.toMap((Record) this);
        map.keySet().retainAll(ConfigKeys.marked((Record) this, CallArgument.class));
        return map;
    }

    /** @return all keys of this kind, including those of {@link #callArguments} */
    default Set<String> keys() {
        return ConfigKeys.of((Record) this);
    }

    /**
     * Gives this configuration with other values for some keys.
     *
     * @param changes values by key, in diffusers' names; keys that this kind doesn't have are ignored
     * @return the changed configuration
     * @throws IllegalArgumentException if a value is of a wrong type or out of its range; the message names the key
     */
    default SchedulerConfig with(Map<String, ?> changes) {
        return (SchedulerConfig) ConfigKeys.with((Record) this, changes);
    }
}
