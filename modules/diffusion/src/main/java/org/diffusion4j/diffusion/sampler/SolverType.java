package org.diffusion4j.diffusion.sampler;

import org.diffusion4j.config.ConfigName;

/**
 * Which of a solver's variants is used: the values of diffusers' {@code solver_type}. Each scheduler has some of them, and
 * treats those of other schedulers as its default, so that a scheduler can be made from another one's options.
 */
public enum SolverType implements ConfigName {
    /** DPM-Solver's midpoint method. */
    MIDPOINT,
    /** DPM-Solver's method in the manner of Heun. */
    HEUN,
    /** DEIS over log ρ. */
    LOGRHO,
    /** UniPC with B(h) = h. */
    BH1,
    /** UniPC with B(h) = exp(h) − 1. */
    BH2;

    /** The type that a DPM-Solver scheduler uses instead of this one. */
    SolverType forDpmSolver() {
        return this == HEUN ? HEUN : MIDPOINT;
    }

    /** The type that UniPC uses instead of this one. */
    SolverType forUniPc() {
        return this == BH1 ? BH1 : BH2;
    }
}
