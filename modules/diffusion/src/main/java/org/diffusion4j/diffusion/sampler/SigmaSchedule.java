package org.diffusion4j.diffusion.sampler;

import org.diffusion4j.diffusion.DiffusersName;

/** How the sigmas of a walk are spaced, where no table of betas gives them: the values of diffusers' {@code sigma_schedule}. */
public enum SigmaSchedule implements DiffusersName {
    /** As Karras et al. 2022 (arXiv:2206.00364) have it in equation 5. */
    KARRAS,
    /** Evenly in their logarithm. */
    EXPONENTIAL
}
