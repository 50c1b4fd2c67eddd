package org.diffusion4j.diffusion.sampler;

import org.diffusion4j.config.ConfigName;

/** Diffusers' {@code time_shift_type}. It matters only for networks that predict flow, which aren't supported here. */
public enum TimeShift implements ConfigName {
    /** By an exponential function. */
    EXPONENTIAL,
    /** By a linear function. */
    LINEAR
}
