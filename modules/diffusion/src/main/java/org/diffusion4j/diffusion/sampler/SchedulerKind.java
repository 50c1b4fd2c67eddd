package org.diffusion4j.diffusion.sampler;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The scheduler classes of diffusers that have a sampler here. */
public enum SchedulerKind {
    /** Denoising diffusion probabilistic models: random steps. */
    DDPM("DDPMScheduler", DdpmConfig::new),
    /** Denoising diffusion implicit models: eta says how random the steps are. */
    DDIM("DDIMScheduler", DdimConfig::new),
    /** Euler's method, with or without churn. */
    EULER("EulerDiscreteScheduler", EulerConfig::new),
    /** Euler's method to less noise than the next level has, then new noise after each step. */
    EULER_ANCESTRAL("EulerAncestralDiscreteScheduler", EulerAncestralConfig::new),
    /** Heun's method: each interval is walked twice. */
    HEUN("HeunDiscreteScheduler", HeunConfig::new),
    /** A linear multistep method. */
    LMS("LMSDiscreteScheduler", LmsConfig::new),
    /** DPM-Solver-2 by sigmas: the midpoint of each interval is visited. */
    KDPM2("KDPM2DiscreteScheduler", Kdpm2Config::new),
    /** DPM-Solver-2 by sigmas, with new noise after each interval. */
    KDPM2_ANCESTRAL("KDPM2AncestralDiscreteScheduler", Kdpm2AncestralConfig::new),
    /** Pseudo numerical methods: a multistep method of order 4. */
    PNDM("PNDMScheduler", PndmConfig::new),
    /** The multistep method of PNDM over another time, for networks that predict v. */
    IPNDM("IPNDMScheduler", IpndmConfig::new),
    /** Latent consistency models: one to eight steps. */
    LCM("LCMScheduler", LcmConfig::new),
    /** Trajectory consistency distillation: few steps, whose randomness eta sets. */
    TCD("TCDScheduler", TcdConfig::new),
    /** Consistency models: one step, or several with new noise. */
    CONSISTENCY_MODEL("CMStochasticIterativeScheduler", ConsistencyModelConfig::new),
    /** Euler's method for networks of Karras et al. 2022. */
    EDM_EULER("EDMEulerScheduler", EdmEulerConfig::new),
    /** DPM-Solver and DPM-Solver++ with the predictions of the steps before: good in 10 to 20 steps. */
    DPM_SOLVER_MULTISTEP("DPMSolverMultistepScheduler", DpmSolverMultistepConfig::new),
    /** DPM-Solver and DPM-Solver++ in groups of one to three steps. */
    DPM_SOLVER_SINGLESTEP("DPMSolverSinglestepScheduler", DpmSolverSinglestepConfig::new),
    /** Diffusion exponential integrator sampler. */
    DEIS("DEISMultistepScheduler", DeisConfig::new),
    /** Unified predictor-corrector: good in 5 to 10 steps. */
    UNIPC("UniPCMultistepScheduler", UniPcConfig::new),
    /** DPM-Solver++ for networks of Karras et al. 2022. */
    EDM_DPM_SOLVER_MULTISTEP("EDMDPMSolverMultistepScheduler", EdmDpmSolverMultistepConfig::new);

    private final String className;
    private final Supplier<SchedulerConfig> defaults;

    SchedulerKind(String className, Supplier<SchedulerConfig> defaults) {
        this.className = className;
        this.defaults = defaults;
    }

    /** @return the class name in {@code scheduler_config.json}, such as {@code DDPMScheduler} */
    public String className() {
        return className;
    }

    /**
     * Looks a {@link #className()} up.
     *
     * @param className such as {@code DDIMScheduler}
     * @return the kind of that class, if there is a sampler for it
     */
    public static Optional<SchedulerKind> ofClass(String className) {
        return Arrays.stream(values())
                .filter(kind -> kind.className.equals(className))
                .findFirst();
    }

    /** @return the name in a command or a model's settings, such as {@code euler-ancestral} */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Finds the kind of a {@link #word()}.
     *
     * @param option the option's name, for the message
     * @param word such as {@code ddim}
     * @return the kind of that name
     * @throws IllegalArgumentException if there is none; the message lists all names
     */
    public static SchedulerKind ofWord(String option, String word) {
        return Arrays.stream(values())
                .filter(kind -> kind.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(option + ": expected one of "
                        + Arrays.stream(values()).map(SchedulerKind::word).collect(Collectors.joining(", "))
                        + ", found '" + word + "'"));
    }

    /** @return diffusers' defaults */
    public SchedulerConfig defaults() {
        return defaults.get();
    }

    /**
     * Makes a configuration of this kind from the keys of any kind, as diffusers' {@code from_config} does: keys that this
     * kind doesn't have are ignored, and keys that aren't given have this kind's defaults.
     *
     * @param keys values by key, in diffusers' names
     * @return the configuration
     * @throws IllegalArgumentException if a value is of a wrong type or out of its range; the message names the key
     */
    public SchedulerConfig of(Map<String, ?> keys) {
        return defaults().with(keys);
    }
}
