package org.diffusion4j.server.job;

import java.util.OptionalDouble;

/**
 * How far the drawing of a job is.
 *
 * @param share of all its steps, from 0 to 1
 * @param step the steps of the batch that are done
 * @param steps the steps of the batch; 0 before the first one
 * @param secondsSoFar since its drawing began; 0 before
 */
public record JobProgress(double share, int step, int steps, double secondsSoFar) {
    static final JobProgress NONE = new JobProgress(0, 0, 0, 0);

    /** The share below which a guess of the rest is worth nothing. */
    private static final double LEAST_SHARE = 0.01;

    /**
     * How long it will still take, as the time so far says.
     *
     * @return seconds; empty if that can't be said yet
     */
    public OptionalDouble secondsLeft() {
        return share < LEAST_SHARE || share > 1
                ? OptionalDouble.empty()
                : OptionalDouble.of(secondsSoFar * (1 - share) / share);
    }
}
