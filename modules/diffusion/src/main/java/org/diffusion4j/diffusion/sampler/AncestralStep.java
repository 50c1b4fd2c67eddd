package org.diffusion4j.diffusion.sampler;

/**
 * A step of ancestral sampling by sigmas: first down to less noise than the next level has, then up to it by new noise. In
 * k-diffusion's form: up² = next²·(σ² − next²)/σ² and down² + up² = next². Diffusers takes down² as that difference, in float: where the next level is far lower, that is rounding
 * only, or negative and not a number.
 *
 * @param down the noise that the solver goes down to
 * @param up the standard deviation of the noise that is drawn
 */
record AncestralStep(double down, double up) {
    /** From a noise level above 0 to the next, which isn't above it. */
    static AncestralStep between(double sigma, double next) {
        double ratio = next / sigma;
        return new AncestralStep(next * ratio, next * Math.sqrt(1 - ratio * ratio));
    }
}
