package org.diffusion4j.diffusion.sampler;

import org.diffusion4j.config.ConfigName;

/** How the sigmas of a walk are spaced if no table of betas gives them: the values of diffusers' {@code sigma_schedule}. */
public enum SigmaSchedule implements ConfigName {
    /** As in equation 5 of Karras et al. 2022 (arXiv:2206.00364). */
    KARRAS,
    /** Evenly in their logarithm. */
    EXPONENTIAL
}
