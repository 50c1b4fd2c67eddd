package org.diffusion4j.diffusion.schedule;

import org.diffusion4j.config.ConfigName;

/** The noise after a walk's last step: the values of diffusers' {@code final_sigmas_type}. */
public enum FinalSigma implements ConfigName {
    /** No noise. */
    ZERO,
    /** The noise of the first training timestep. */
    SIGMA_MIN
}
