package org.diffusion4j.diffusion.sampler;

import org.diffusion4j.config.ConfigName;

/** What a solver integrates: the values of diffusers' {@code algorithm_type}. */
public enum AlgorithmType implements ConfigName {
    /** The noise prediction, as an ordinary differential equation (Lu et al. 2022, arXiv:2206.00927). */
    DPMSOLVER("dpmsolver"),
    /** The prediction of the clean sample, as an ordinary differential equation (Lu et al. 2022, arXiv:2211.01095). */
    DPMSOLVER_PLUS_PLUS("dpmsolver++"),
    /** The noise prediction, as a stochastic differential equation: each step adds noise. */
    SDE_DPMSOLVER("sde-dpmsolver"),
    /** The prediction of the clean sample, as a stochastic differential equation: each step adds noise. */
    SDE_DPMSOLVER_PLUS_PLUS("sde-dpmsolver++"),
    /**
     * DEIS. The DPM-Solver schedulers treat it as {@code dpmsolver++}, and DEIS treats their two types without noise as
     * this one.
     */
    DEIS("deis");

    private final String word;

    AlgorithmType(String word) {
        this.word = word;
    }

    @Override
    public String configName() {
        return word;
    }

    /** @return whether the noise prediction is integrated, not the prediction of the clean sample */
    boolean integratesNoise() {
        return this == DPMSOLVER || this == SDE_DPMSOLVER || this == DEIS;
    }

    /** @return whether each step adds noise */
    boolean isStochastic() {
        return this == SDE_DPMSOLVER || this == SDE_DPMSOLVER_PLUS_PLUS;
    }

    /** The type that a DPM-Solver scheduler uses instead of this one, as in diffusers when one scheduler is made from another. */
    AlgorithmType forDpmSolver() {
        return this == DEIS ? DPMSOLVER_PLUS_PLUS : this;
    }
}
