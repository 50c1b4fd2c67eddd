package org.diffusion4j.training;

import static org.diffusion4j.Requirement.require;

import java.io.Serializable;

/**
 * The share of a moving average of the parameters that is kept at each step, as diffusers' {@code EMAModel.get_decay}. It is 0
 * until the average begins, which makes it a copy; then it grows with the number of steps n since: 1 − (1 + n/invGamma)^−power
 * with warm-up, (1 + n)/(10 + n) without.
 *
 * @param decay the largest share, in [0, 1]
 * @param minDecay the least share after the average has begun, in [0, 1]; if it equals {@code decay}, the share never changes
 * @param updateAfterStep the average begins one step after this many, at least 0
 * @param warmup which of the two formulas applies
 * @param invGamma with warm-up, how many steps are one unit, above 0
 * @param power with warm-up: 2/3 for a million steps and more, 3/4 for fewer
 */
public record EmaDecay(
        double decay, double minDecay, long updateAfterStep, boolean warmup, double invGamma, double power)
        implements Serializable {
    /** Diffusers' defaults: to 0.9999, from the first step, without warm-up. */
    public static final EmaDecay DEFAULT = new EmaDecay(0.9999, 0, 0, false, 1, 2.0 / 3);

    /**
     * Checks the ranges.
     *
     * @param decay see the record
     * @param minDecay see the record
     * @param updateAfterStep see the record
     * @param warmup see the record
     * @param invGamma see the record
     * @param power see the record
     * @throws IllegalArgumentException if a number is out of its range
     */
    public EmaDecay {
        require(decay >= 0 && decay <= 1, "ema, 'decay'", "a number in [0, 1]", decay);
        require(minDecay >= 0 && minDecay <= 1, "ema, 'min_decay'", "a number in [0, 1]", minDecay);
        require(updateAfterStep >= 0, "ema, 'update_after_step'", "at least 0", updateAfterStep);
        require(invGamma > 0, "ema, 'inv_gamma'", "a number above 0", invGamma);
        require(power > 0, "ema, 'power'", "a number above 0", power);
    }

    /**
     * The decay for a run of less than a million steps.
     *
     * @param decay the largest share, in [0, 1]
     * @return with warm-up, from the first step, in units of one step with a power of 3/4
     */
    public static EmaDecay warmingUp(double decay) {
        return new EmaDecay(decay, 0, 0, true, 1, 0.75);
    }

    /**
     * The decay after a step of the optimiser.
     *
     * @param step from 0
     * @return in [0, 1]
     */
    public double at(long step) {
        long averaged = step - updateAfterStep;
        if (averaged <= 0) {
            return 0;
        }
        double grown = warmup ? 1 - Math.pow(1 + averaged / invGamma, -power) : (1.0 + averaged) / (10.0 + averaged);
        return Math.max(minDecay, Math.min(decay, grown));
    }
}
