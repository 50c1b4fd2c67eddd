package org.diffusion4j.diffusion.sampler;

import org.diffusion4j.diffusion.schedule.FinalSigma;

/** The order of a multistep solver's steps, which diffusers lowers at both ends of a walk. */
interface MultistepOptions {
    /** With at least this many steps, the last ones need no lower order. */
    int MANY_STEPS = 15;

    /** @return the order, at least 1; orders above 3 count as 3 */
    int solverOrder();

    /** @return whether the last two steps of fewer than 15 have a lower order */
    boolean lowerOrderFinal();

    /** @return the noise after the last step */
    FinalSigma finalSigmasType();

    /** @return whether the last step is an Euler step, which has order 1 */
    default boolean eulerAtFinal() {
        return false;
    }

    /**
     * Gives the order of a step.
     *
     * @param state where the walk is
     * @param steps how many steps there are in all
     * @return 1 to 3
     */
    default int order(WalkState state, int steps) {
        int left = steps - state.step();
        boolean few = lowerOrderFinal() && steps < MANY_STEPS;
        if (left == 1 && (few || eulerAtFinal() || finalSigmasType() == FinalSigma.ZERO)) {
            return 1;
        }
        int most = left == 2 && few ? 2 : 3;
        return Math.min(Math.min(solverOrder(), most), state.done() + 1);
    }
}
