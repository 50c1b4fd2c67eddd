package org.diffusion4j.diffusion.sampler;

/** Whether a predicted clean sample is thresholded by its quantile (Saharia et al. 2022, arXiv:2205.11487, section 2.3). */
public interface ThresholdOptions {
    /** @return whether it is thresholded */
    boolean thresholding();

    /** @return which quantile of a sample's absolute values is the threshold, in [0, 1] */
    double dynamicThresholdingRatio();

    /** @return the largest threshold, above 0 */
    double sampleMaxValue();
}
