package org.diffusion4j.diffusion.sampler;

/** Whether a predicted clean sample is clipped. */
public interface ClipOptions {
    /** @return whether it is */
    boolean clipSample();

    /** @return clipped to ± this, above 0 */
    double clipSampleRange();
}
