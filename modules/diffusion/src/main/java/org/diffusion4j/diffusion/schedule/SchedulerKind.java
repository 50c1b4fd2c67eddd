package org.diffusion4j.diffusion.schedule;

import org.diffusion4j.diffusion.DiffusersName;

/** Which of diffusers' scheduler classes a configuration is for. */
public enum SchedulerKind implements DiffusersName {
    /** Denoising diffusion probabilistic models: random steps (Ho et al. 2020, arXiv:2006.11239). */
    DDPM,
    /** Denoising diffusion implicit models: steps as random as eta says (Song et al. 2021, arXiv:2010.02502). */
    DDIM;

    /** @return the class name in {@code scheduler_config.json}, such as {@code DDPMScheduler} */
    @Override
    public String diffusersName() {
        return name() + "Scheduler";
    }
}
