package org.diffusion4j.pipeline;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.NearestNames;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.weights.diffusers.ModelSettings;

/**
 * Where a model's samplers come from.
 *
 * @param own the kind of the model's own scheduler
 * @param keys the content of its file, from which other kinds are made, too
 * @param best the model's best settings
 */
public record SamplerSource(SchedulerKind own, Map<String, Object> keys, ModelSettings.Sampling best) {
    /**
     * Chooses what is asked for, otherwise the model's best, otherwise what is usual. The best options and steps are those of the
     * sampler for which they were found.
     *
     * @param wanted the kind of sampler; null for the model's best, or its own
     * @param wantedOptions options by diffusers' names
     * @param wantedSteps the number of steps; null for the model's best
     * @param usualSteps gives the number of steps if nobody names one
     * @return the sampler
     * @throws Diffusion4jException if the sampler lacks an option that is asked for, or can't take so many steps
     */
    public SamplerChoice choose(
            SchedulerKind wanted,
            Map<String, Object> wantedOptions,
            Integer wantedSteps,
            ToIntFunction<SchedulerConfig> usualSteps) {
        SchedulerKind kind = wanted != null ? wanted : best.sampler() != null ? best.sampler() : own;
        boolean tuned = best.sampler() == null || best.sampler() == kind;
        checkOptions(wantedOptions, kind);
        Map<String, Object> options = new LinkedHashMap<>(tuned ? known(best.options(), kind) : Map.of());
        options.putAll(wantedOptions);
        Integer bestSteps = tuned ? best.steps() : null;
        try {
            SchedulerConfig configured = kind.of(keys).with(options);
            int steps = wantedSteps != null
                    ? wantedSteps
                    : bestSteps != null ? bestSteps : usualSteps.applyAsInt(configured);
            // This refuses steps that the sampler can't take, before anything is drawn.
            configured.sampler(steps);
            return new SamplerChoice(configured, options, steps);
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(e.getMessage(), e);
        }
    }

    /** Those of the options that the sampler has: the best options may be meant for other samplers. */
    private static Map<String, Object> known(Map<String, Object> options, SchedulerKind sampler) {
        Map<String, Object> known = new LinkedHashMap<>(options);
        known.keySet().retainAll(sampler.defaults().keys());
        return known;
    }

    /** Refuses options that the sampler doesn't have, since they would be ignored silently. */
    private static void checkOptions(Map<String, Object> options, SchedulerKind sampler) {
        Set<String> known = sampler.defaults().keys();
        for (Map.Entry<String, Object> option : options.entrySet()) {
            if (!known.contains(option.getKey()) && !isOff(option.getKey(), option.getValue())) {
                String question = NearestNames.question(option.getKey(), known);
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s: expected none, as %s has no such option%s, found %s",
                        option.getKey(),
                        sampler.className(),
                        question.isEmpty() ? " (it has " + String.join(", ", known) + ")" : " (" + question + ")",
                        option.getValue()));
            }
        }
    }

    /** Whether a value says that an option of other samplers is off. */
    private static boolean isOff(String key, Object value) {
        return (Boolean.FALSE.equals(value) || (value instanceof Number number && number.doubleValue() == 0))
                && Arrays.stream(SchedulerKind.values())
                        .anyMatch(kind -> kind.defaults().keys().contains(key));
    }
}
