package org.diffusion4j.pipeline;

/**
 * How far a drawing by classes or by none is, whose pictures are drawn in parts of equal size, of which the last may be smaller.
 *
 * @param first the first of the part's pictures, from 0
 * @param images how many pictures it has
 * @param part its number, from 0
 * @param parts how many there are
 * @param step the step that is done
 */
public record SampleProgress(int first, int images, int part, int parts, SamplingStep step) {
    /**
     * The steps done, of all parts.
     *
     * @return from 1 to {@link #total()}
     */
    public int done() {
        return counted((long) part * step.steps() + step.number());
    }

    /**
     * The steps of all parts.
     *
     * @return at least 1
     */
    public int total() {
        return counted((long) parts * step.steps());
    }

    private static int counted(long steps) {
        return (int) Math.min(steps, Integer.MAX_VALUE);
    }
}
