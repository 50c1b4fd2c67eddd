package org.diffusion4j.pipeline;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;

/**
 * The sampler that a request gets.
 *
 * @param scheduler the sampler's configuration
 * @param options those of its options that were asked for or are the model's best, by diffusers' names
 * @param steps the number of steps, at least 1
 */
public record SamplerChoice(SchedulerConfig scheduler, Map<String, Object> options, int steps) {
    /** Keeps a copy. */
    public SamplerChoice {
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }
}
