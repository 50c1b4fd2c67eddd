package org.diffusion4j.weights.diffusers;

import static org.diffusion4j.Requirement.require;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.diffusion.sampler.SchedulerKind;

/**
 * What diffusers' own files can't say about a model: {@code diffusion4j.json}. Anything may be absent; then diffusers'
 * behaviour applies.
 *
 * @param classNames one name per class label, from 0 on; empty if the classes have no names
 * @param nullClass the label that stands for "no class" in guidance; null for none
 * @param sampling the settings that draw the best pictures
 */
public record ModelSettings(List<String> classNames, Integer nullClass, Sampling sampling) {
    /** No settings. */
    public static final ModelSettings NONE =
            new ModelSettings(List.of(), null, new Sampling(null, null, null, Map.of()));

    /**
     * Checks the label.
     *
     * @throws IllegalArgumentException for a label below 0
     */
    public ModelSettings {
        classNames = List.copyOf(classNames);
        require(nullClass == null || nullClass >= 0, "null_class", "a label from 0 on", nullClass);
    }

    /**
     * The settings that draw the best pictures; each may be null, which means diffusers' default.
     *
     * @param sampler the kind of sampler
     * @param steps the number of steps, at least 1
     * @param guidance the guidance scale, a finite number; 1 means no guidance
     * @param options the sampler's options, by diffusers' names
     */
    public record Sampling(SchedulerKind sampler, Integer steps, Double guidance, Map<String, Object> options) {
        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException for a number out of its range
         */
        public Sampling {
            options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
            require(steps == null || steps >= 1, "steps", "at least 1", steps);
            require(guidance == null || Double.isFinite(guidance), "guidance", "a finite number", guidance);
        }
    }
}
