package org.diffusion4j.data;

/**
 * Which batches of a {@link PictureSource} a stream gives: {@code run} batches that follow one another, from {@code first} on,
 * then as many again from {@code first + stride} on, and so forth without an end. So each of several workers gets its own part
 * of every step's batches.
 *
 * @param first the number of the first batch, at least 0
 * @param run how many follow one another, at least 1
 * @param stride the distance between the beginnings of two runs, at least {@code run}
 */
public record BatchNumbers(long first, long run, long stride) {
    /**
     * Checks the ranges.
     *
     * @param first see the record
     * @param run see the record
     * @param stride see the record
     * @throws IllegalArgumentException if one is out of its range
     */
    public BatchNumbers {
        if (first < 0 || run < 1 || stride < run) {
            throw new IllegalArgumentException(
                    "batches: expected a first one of at least 0, runs of at least 1 and a stride"
                            + " of at least a run, found " + first + ", " + run + " and " + stride);
        }
    }

    /**
     * All batches from one on.
     *
     * @param first its number, at least 0
     * @return first, first + 1, …
     */
    public static BatchNumbers from(long first) {
        return new BatchNumbers(first, 1, 1);
    }

    /**
     * The number of a batch of the stream.
     *
     * @param index how many the stream gives before it, at least 0
     * @return its number
     */
    public long at(long index) {
        return Math.addExact(first + index % run, Math.multiplyExact(index / run, stride));
    }
}
