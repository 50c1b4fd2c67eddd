package org.diffusion4j.diffusion.sampler;

/** Whether a predicted clean sample is clipped. */
public interface ClipOptions {
    /** @return whether it is clipped */
    boolean clipSample();

    /** @return the bound: values are clipped to ± this number, which is above 0 */
    double clipSampleRange();
}
