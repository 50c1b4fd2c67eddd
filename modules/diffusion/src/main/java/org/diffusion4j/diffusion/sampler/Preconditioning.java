package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import java.util.Map;
import org.diffusion4j.config.ConfigKeys;

/**
 * How a network of Karras et al. 2022 (arXiv:2206.00364, table 1) is wrapped: D(x; σ) = c_skip·x + c_out·F(c_in·x; c_noise), where
 * F is the network, x = x₀ + σ·ε, and
 *
 * <pre>
 * c_skip = σ_data² / (σ² + σ_data²)    c_out   = σ·σ_data / √(σ² + σ_data²)
 * c_in   = 1 / √(σ² + σ_data²)         c_noise = timestepScale · ln(σ) / 4
 * </pre>
 *
 * @param sigmaMin the least σ, above 0
 * @param sigmaMax the largest σ, at least {@code sigmaMin}
 * @param sigmaData the data's standard deviation, above 0
 * @param rho ρ of the Karras sigmas, above 0
 * @param timestepScale what ln(σ)/4 is multiplied by before the network is given it, above 0: 1 in the paper, in k-diffusion and
 *     in diffusers, 1,000 in OpenAI's consistency_models, whose networks are those of guided-diffusion
 */
public record Preconditioning(double sigmaMin, double sigmaMax, double sigmaData, double rho, double timestepScale) {
    /** Checks every option; the message of a failure names it as a file of JSON does. */
    public Preconditioning {
        Checks.sigmas(sigmaMin, sigmaMax, sigmaData, rho);
        require(
                timestepScale > 0 && Double.isFinite(timestepScale),
                "timestep_scale",
                "a finite number above 0",
                timestepScale);
    }

    /** That of OpenAI's consistency_models. */
    public Preconditioning() {
        this(0.002, 80, 0.5, 7, 1000);
    }

    /**
     * The configuration of Euler's method with the same options, from which any sampler for such networks can be made.
     *
     * @return diffusers' defaults for all else
     */
    public EdmEulerConfig scheduler() {
        return ConfigKeys.with(new EdmEulerConfig(), ConfigKeys.toMap(this));
    }

    /**
     * These options with other values for some.
     *
     * @param changes values by key, such as {@code sigma_data}; keys that aren't of these options are ignored
     * @return the changed options
     * @throws IllegalArgumentException if a value is of a wrong type or out of its range; the message names the key
     */
    public Preconditioning with(Map<String, ?> changes) {
        return ConfigKeys.with(this, changes);
    }

    /**
     * The options by the keys of a file of JSON.
     *
     * @return a new map
     */
    public Map<String, Object> toMap() {
        return ConfigKeys.toMap(this);
    }
}
