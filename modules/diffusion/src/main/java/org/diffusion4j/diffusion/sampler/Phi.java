package org.diffusion4j.diffusion.sampler;

/**
 * The functions of exponential integrators: φ₀(x) = exp(x), φ_(k+1)(x) = (φ_k(x) − 1/k!) / x (Hochbruck and Ostermann 2010,
 * "Exponential integrators", equation 2.10). φ_k(0) is 1/k!.
 */
final class Phi {
    /** Below this number the differences would cancel, but the series needs only a few terms. */
    private static final double SMALL = 0.5;

    private Phi() {}

    /**
     * φ_k(x).
     *
     * @param k at least 1
     * @param x finite
     */
    static double of(int k, double x) {
        if (Math.abs(x) < SMALL) {
            return series(k, x);
        }
        double phi = Math.expm1(x) / x;
        double factorial = 1;
        for (int i = 1; i < k; i++) {
            factorial *= i;
            phi = (phi - 1 / factorial) / x;
        }
        return phi;
    }

    /** Σ xⁿ / (n+k)! */
    private static double series(int k, double x) {
        double term = 1;
        for (int i = 2; i <= k; i++) {
            term /= i;
        }
        double sum = term;
        for (int n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
            term *= x / (n + k);
            sum += term;
        }
        return sum;
    }
}
