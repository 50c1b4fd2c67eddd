package org.diffusion4j.pipeline.adm;

import static org.diffusion4j.Requirement.require;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.diffusion4j.diffusion.sampler.EdmHeun;
import org.diffusion4j.diffusion.sampler.Preconditioning;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;

/**
 * The steps of a network that was trained as in Karras et al. 2022 (arXiv:2206.00364).
 *
 * @param sampler {@code HEUN}, whose predictions are clipped to [-1, 1] as in OpenAI's consistency_models, {@code EDM_EULER} or {@code
 *     EDM_DPM_SOLVER_MULTISTEP}, both as in diffusers
 * @param steps the number of intervals, at least 1
 * @param options those of the {@link Preconditioning} or of the sampler that differ from the model's, by their keys
 */
public record EdmSteps(SchedulerKind sampler, int steps, Map<String, Object> options) {
    private static final List<SchedulerKind> SAMPLERS =
            List.of(SchedulerKind.HEUN, SchedulerKind.EDM_EULER, SchedulerKind.EDM_DPM_SOLVER_MULTISTEP);

    /** Heun's method in 40 steps, as OpenAI's examples have it. */
    public static final EdmSteps USUAL = new EdmSteps(SchedulerKind.HEUN, 40, Map.of());

    /** Checks what can be checked without a model. */
    public EdmSteps {
        options = Map.copyOf(options);
        require(
                SAMPLERS.contains(sampler),
                "sampler",
                SAMPLERS.stream().map(SchedulerKind::word).collect(Collectors.joining(", "))
                        + ", as the network is one of Karras et al. 2022",
                sampler.word());
        Set<String> unknown = new TreeSet<>(options.keySet());
        unknown.removeAll(new Preconditioning().toMap().keySet());
        if (sampler != SchedulerKind.HEUN) {
            unknown.removeAll(sampler.defaults().keys());
        }
        require(
                unknown.isEmpty(),
                "sampler-option",
                "keys of " + sampler.word() + " or of the network's preconditioning",
                String.join(", ", unknown));
    }

    /**
     * How a network is wrapped.
     *
     * @param model as its file says
     * @return with the options that differ
     * @throws IllegalArgumentException if an option is out of its range; the message names its key
     */
    Preconditioning of(Preconditioning model) {
        return model.with(options);
    }

    /**
     * Makes the sampler, whose timesteps are ln(σ)/4.
     *
     * @throws IllegalArgumentException as above
     */
    Sampler sampler(Preconditioning model) {
        Preconditioning changed = of(model);
        if (sampler == SchedulerKind.HEUN) {
            return new EdmHeun(changed, steps, true);
        }
        Map<String, Object> keys = new LinkedHashMap<>(changed.toMap());
        keys.putAll(options);
        SchedulerConfig config = sampler.of(keys);
        return config.sampler(steps);
    }
}
