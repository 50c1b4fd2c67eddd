package org.diffusion4j.server.a1111;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.diffusion4j.diffusion.sampler.SchedulerKind;

/**
 * A sampler under the name that AUTOMATIC1111 gives it.
 *
 * @param name such as {@code DPM++ 2M}
 * @param kind the kind of sampler
 * @param options what the name says besides, by diffusers' names
 */
record SamplerName(String name, SchedulerKind kind, Map<String, Object> options) {
    private static final String ALGORITHM = "algorithm_type";

    static final List<SamplerName> ALL = List.of(
            of("DPM++ 2M", SchedulerKind.DPM_SOLVER_MULTISTEP),
            new SamplerName("DPM++ 2M SDE", SchedulerKind.DPM_SOLVER_MULTISTEP, Map.of(ALGORITHM, "sde-dpmsolver++")),
            new SamplerName(
                    "DPM++ 3M SDE",
                    SchedulerKind.DPM_SOLVER_MULTISTEP,
                    Map.of(ALGORITHM, "sde-dpmsolver++", "solver_order", 3)),
            of("DPM++ 2S", SchedulerKind.DPM_SOLVER_SINGLESTEP),
            of("Euler a", SchedulerKind.EULER_ANCESTRAL),
            of("Euler", SchedulerKind.EULER),
            of("LMS", SchedulerKind.LMS),
            of("Heun", SchedulerKind.HEUN),
            of("DPM2", SchedulerKind.KDPM2),
            of("DPM2 a", SchedulerKind.KDPM2_ANCESTRAL),
            of("DDIM", SchedulerKind.DDIM),
            of("PLMS", SchedulerKind.PNDM),
            of("UniPC", SchedulerKind.UNIPC),
            of("LCM", SchedulerKind.LCM),
            of("DDPM", SchedulerKind.DDPM),
            of("DEIS", SchedulerKind.DEIS),
            of("TCD", SchedulerKind.TCD));

    /** How noise levels are spaced: AUTOMATIC1111's name, its label, and the sampler's option that says so. */
    enum Spacing {
        AUTOMATIC("automatic", "Automatic", null),
        KARRAS("karras", "Karras", "use_karras_sigmas"),
        EXPONENTIAL("exponential", "Exponential", "use_exponential_sigmas"),
        BETA("beta", "Beta", "use_beta_sigmas");

        private final String word;
        private final String label;
        private final String option;

        Spacing(String word, String label, String option) {
            this.word = word;
            this.label = label;
            this.option = option;
        }

        String word() {
            return word;
        }

        String label() {
            return label;
        }

        static Optional<Spacing> of(String given) {
            return Arrays.stream(values())
                    .filter(spacing -> spacing.word.equalsIgnoreCase(given))
                    .findFirst();
        }
    }

    private static SamplerName of(String name, SchedulerKind kind) {
        return new SamplerName(name, kind, Map.of());
    }

    /** Finds a sampler by its name, behind which its spacing may stand, as older clients write it. */
    static Optional<SamplerName> find(String given) {
        for (Spacing spacing : Spacing.values()) {
            if (given.toLowerCase(Locale.ROOT).endsWith(" " + spacing.word())) {
                String before =
                        given.substring(0, given.length() - spacing.word().length() - 1);
                return find(before).map(name -> name.with(spacing));
            }
        }
        return ALL.stream().filter(name -> name.name.equalsIgnoreCase(given)).findFirst();
    }

    /** The same with a spacing, if the sampler has it: clients send one with any sampler. */
    SamplerName with(Spacing spacing) {
        if (spacing.option == null || !kind.defaults().keys().contains(spacing.option)) {
            return this;
        }
        Map<String, Object> more = new LinkedHashMap<>(options);
        more.put(spacing.option, true);
        return new SamplerName(name, kind, more);
    }

    /** The name of a kind. */
    static String of(SchedulerKind kind) {
        return ALL.stream()
                .filter(name -> name.kind == kind)
                .map(SamplerName::name)
                .findFirst()
                .orElse(kind.word());
    }
}
