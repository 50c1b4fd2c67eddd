package org.diffusion4j.diffusion.sampler;

/**
 * What a consistency function is made of: so much of the noisy sample and so much of the clean sample that the network predicts. At
 * timestep 0 it is the sample itself (Song et al. 2023, arXiv:2303.01469, equation 5; Luo et al. 2023, arXiv:2310.04378, appendix
 * D, with σ_data = 0.5).
 *
 * @param sample c_skip, what the noisy sample is multiplied by
 * @param predicted c_out, what the predicted clean sample is multiplied by
 */
public record ConsistencyWeights(double sample, double predicted) {
    private static final double SIGMA_DATA = 0.5;

    /**
     * The weights at a timestep.
     *
     * @param timestep from 0 on
     * @param scaling what timesteps are multiplied by, diffusers' {@code timestep_scaling}
     * @return both weights
     */
    public static ConsistencyWeights at(long timestep, double scaling) {
        double scaled = (double) timestep * scaling;
        double variance = scaled * scaled + SIGMA_DATA * SIGMA_DATA;
        return new ConsistencyWeights(SIGMA_DATA * SIGMA_DATA / variance, scaled / Math.sqrt(variance));
    }
}
