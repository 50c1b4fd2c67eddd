package org.diffusion4j.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.pipeline.SamplerOption;
import org.diffusion4j.pipeline.adm.EdmSteps;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The options that say how pictures are drawn: the steps, the guidance, the sampler and its options. */
final class SamplingOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--steps",
            split = ",",
            paramLabel = "N",
            description = "Steps from noise to picture; more take longer (default: the model's best).")
    private List<Integer> steps = new ArrayList<>();

    @Option(
            names = "--guidance",
            paramLabel = "G",
            description =
                    "Strength of classifier-free guidance: the larger, the clearer the class and the fewer the variations; 1 is"
                            + " none (default: the model's best).")
    private Double guidance;

    @Option(
            names = "--sampler",
            paramLabel = "SAMPLER",
            converter = Word.class,
            completionCandidates = Words.class,
            description = "One of ${COMPLETION-CANDIDATES} (default: the model's best).")
    private SchedulerKind kind;

    @Option(
            names = "--schedule",
            paramLabel = "SCHEDULE",
            description =
                    "How the noise levels of the steps are spaced: karras, exponential, beta or lu-lambdas, for the samplers that"
                            + " have it (default: by timesteps).")
    private Schedule schedule;

    @Option(
            names = "--spacing",
            paramLabel = "SPACING",
            description =
                    "Which training timesteps are visited: leading, trailing or linspace (default: the model's best).")
    private TimestepSpacing spacing;

    @Option(
            names = "--eta",
            paramLabel = "E",
            description =
                    "Noise that ddim and tcd add in each step, from 0 (none) to 1 (as much as ddpm) (default: the sampler's).")
    private Double eta;

    @Option(
            names = "--clipped-epsilon",
            negatable = true,
            description =
                    "Whether ddim computes the noise anew from the clipped picture, which guidance needs; diffusers calls it"
                            + " use_clipped_model_output (default: the model's best).")
    private Boolean clippedEpsilon;

    @Option(
            names = "--sampler-option",
            paramLabel = "KEY=VALUE",
            description =
                    "A further option of the sampler under diffusers' name, such as solver_order=3 or s_churn=5; may be"
                            + " repeated.")
    private List<String> further = new ArrayList<>();

    /** How noise levels are spaced, with diffusers' option for it. */
    enum Schedule {
        KARRAS("use_karras_sigmas"),
        EXPONENTIAL("use_exponential_sigmas"),
        BETA("use_beta_sigmas"),
        LU_LAMBDAS("use_lu_lambdas");

        private final String key;

        Schedule(String key) {
            this.key = key;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** The sampler's names. */
    static final class Words extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        Words() {
            super(Arrays.stream(SchedulerKind.values()).map(SchedulerKind::word).collect(Collectors.toList()));
        }
    }

    /** Reads a sampler's name. */
    static final class Word implements ITypeConverter<SchedulerKind> {
        @Override
        public SchedulerKind convert(String value) {
            String word = value.toLowerCase(Locale.ROOT).replace('_', '-');
            try {
                return SchedulerKind.ofWord("--sampler", word);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage().substring("--sampler: ".length()));
            }
        }
    }

    /**
     * Puts the given options into a request. The model decides the others.
     *
     * @param request the request so far
     * @return the same builder
     * @throws IllegalArgumentException if a value is out of its range; the message begins with the option's name, without
     *     its dashes
     */
    SampleRequest.Builder set(SampleRequest.Builder request) {
        return set(request, kind, steps());
    }

    /** The same with another sampler and another number of steps, each of which may be null. */
    SampleRequest.Builder set(SampleRequest.Builder request, SchedulerKind sampler, Integer number) {
        return request.sampler(sampler).steps(number).guidanceScale(guidance).samplerOptions(options());
    }

    /**
     * Puts the given options into a request, except for the guidance.
     *
     * @param request the request so far
     * @return the same builder
     * @throws IllegalArgumentException as above
     */
    PromptRequest.Builder set(PromptRequest.Builder request) {
        return set(request, kind, steps());
    }

    /** The same with another sampler and another number of steps, each of which may be null. */
    PromptRequest.Builder set(PromptRequest.Builder request, SchedulerKind sampler, Integer number) {
        return request.sampler(sampler).steps(number).samplerOptions(options());
    }

    /** The number of steps; null if the model decides. */
    Integer steps() {
        if (steps.size() > 1) {
            throw new ParameterException(spec.commandLine(), "--steps: expected one number, found " + steps.size());
        }
        return steps.isEmpty() ? null : steps.get(0);
    }

    /** All numbers of steps that are given. */
    List<Integer> allSteps() {
        return steps;
    }

    /** The sampler; null if the model decides. */
    SchedulerKind sampler() {
        return kind;
    }

    /** The noise of a step; null if the sampler decides. */
    Double eta() {
        return eta;
    }

    /**
     * The steps of a network that was trained as in Karras et al. 2022.
     *
     * @param usual what isn't asked for
     * @throws IllegalArgumentException if a value is out of its range; the message begins with its name
     */
    EdmSteps edmSteps(EdmSteps usual) {
        String given = guidance != null
                ? "--guidance"
                : schedule != null
                        ? "--schedule"
                        : spacing != null
                                ? "--spacing"
                                : clippedEpsilon != null ? "--clipped-epsilon" : eta != null ? "--eta" : null;
        if (given != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    given + ": expected none for a network of prediction_type edm, which takes --steps, --sampler and"
                            + " --sampler-option");
        }
        return new EdmSteps(
                kind == null ? usual.sampler() : kind, steps() == null ? usual.steps() : steps(), options());
    }

    /** Whether the sampler is DDIM, for a network that knows only this one and DDPM. */
    boolean isDdim() {
        if (kind != null && kind != SchedulerKind.DDIM && kind != SchedulerKind.DDPM) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--sampler: expected ddpm or ddim for a network of guided-diffusion, found " + kind.word());
        }
        return kind == SchedulerKind.DDIM;
    }

    /** Refuses what a network of guided-diffusion has no use for. */
    void requireOnlySteps() {
        String given = guidance != null
                ? "--guidance"
                : schedule != null
                        ? "--schedule"
                        : spacing != null
                                ? "--spacing"
                                : clippedEpsilon != null
                                        ? "--clipped-epsilon"
                                        : further.isEmpty() ? null : "--sampler-option";
        if (given != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    given + ": expected a network of diffusers, found one of guided-diffusion, which takes --steps,"
                            + " --respacing, --sampler ddpm or ddim, --eta and --classifier-scale");
        }
    }

    /** The guidance scale; null if the model decides. */
    Double guidance() {
        return guidance;
    }

    /** The sampler's options by diffusers' names. */
    private Map<String, Object> options() {
        Map<String, Object> options = new LinkedHashMap<>();
        for (String option : further) {
            SamplerOption read = option(option);
            options.put(read.key(), read.value());
        }
        put(options, "--schedule", schedule == null ? null : schedule.key, true);
        put(options, "--spacing", "timestep_spacing", spacing == null ? null : spacing.configName());
        put(options, "--eta", "eta", eta);
        put(options, "--clipped-epsilon", "use_clipped_model_output", clippedEpsilon);
        return options;
    }

    private SamplerOption option(String text) {
        try {
            return SamplerOption.parse(text);
        } catch (Diffusion4jException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
    }

    private void put(Map<String, Object> options, String name, String key, Object value) {
        if (key == null || value == null) {
            return;
        }
        if (options.put(key, value) != null) {
            throw new ParameterException(
                    spec.commandLine(), name + ": expected it or --sampler-option " + key + ", found both");
        }
    }
}
