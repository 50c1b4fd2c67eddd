package org.diffusion4j.diffusion.sampler;

/**
 * A step of ancestral sampling by sigmas: first down to less noise than the next level has, then up to that level with new
 * noise. In k-diffusion's form, up² = next²·(σ² − next²)/σ² and down² + up² = next². Diffusers computes down² as the
 * difference next² − up² in float. If the next level is far lower, that difference is only rounding error, or is negative,
 * so that its root is NaN; here down is computed directly.
 *
 * @param down the noise that the solver goes down to
 * @param up the standard deviation of the noise that is drawn
 */
record AncestralStep(double down, double up) {
    /** A step from a noise level above 0 to the next level, which isn't higher. */
    static AncestralStep between(double sigma, double next) {
        double ratio = next / sigma;
        return new AncestralStep(next * ratio, next * Math.sqrt(1 - ratio * ratio));
    }
}
