package org.diffusion4j.server.job;

import static org.diffusion4j.Requirement.requireWithin;

import java.time.Duration;

/**
 * What clients may ask for, and how long it is kept.
 *
 * @param waiting the largest number of jobs that wait or are drawn, of all models
 * @param images the largest number of pictures of a job
 * @param steps the largest number of steps
 * @param pixels the largest number of pixels of a picture, drawn or drawn from
 * @param promptCharacters the longest prompt
 * @param keptFor how long a job that ended is kept
 * @param keptBytes how many bytes of pictures are kept; the oldest go first
 */
public record JobLimits(
        int waiting, int images, int steps, long pixels, int promptCharacters, Duration keptFor, long keptBytes) {
    /** With a larger guidance no picture is left, and numbers beyond what a network can take. */
    public static final int MOST_GUIDANCE = 1000;

    /** 128 jobs of at most 64 pictures of 4 megapixels in 1,000 steps, kept for an hour or as 256 MiB. */
    public static final JobLimits USUAL =
            new JobLimits(128, 64, 1000, 1L << 22, 10_000, Duration.ofHours(1), 256L << 20);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is below 1
     */
    public JobLimits {
        requireWithin("waiting jobs", 1, Integer.MAX_VALUE, waiting);
        requireWithin("images", 1, Integer.MAX_VALUE, images);
        requireWithin("steps", 1, Integer.MAX_VALUE, steps);
        requireWithin("pixels", 1, Long.MAX_VALUE, pixels);
        requireWithin("prompt", 1, Integer.MAX_VALUE, promptCharacters);
        requireWithin("kept seconds", 1, Long.MAX_VALUE, keptFor.toSeconds());
        requireWithin("kept bytes", 1, Long.MAX_VALUE, keptBytes);
    }
}
