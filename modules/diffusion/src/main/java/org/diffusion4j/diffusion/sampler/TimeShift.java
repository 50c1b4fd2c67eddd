package org.diffusion4j.diffusion.sampler;

import org.diffusion4j.diffusion.DiffusersName;

/** Diffusers' {@code time_shift_type}. It has a meaning only for networks that predict flow, which aren't known here. */
public enum TimeShift implements DiffusersName {
    /** By an exponential. */
    EXPONENTIAL,
    /** By a line. */
    LINEAR
}
