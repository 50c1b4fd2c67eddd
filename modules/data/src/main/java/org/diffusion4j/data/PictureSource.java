package org.diffusion4j.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Pictures to train on, with values in [-1, 1], NCHW. All have the same size, unless they are in {@linkplain #buckets() buckets} of
 * one size each; then a batch is of one bucket. Several threads may use a source at once.
 */
public interface PictureSource {
    /** The number of pictures, at least 1. */
    int size();

    /** 1 for grey, 3 for red, green and blue in this order. */
    int channels();

    /** The size in pixels; with several buckets the usual one, whose area theirs is about. */
    int height();

    /** The size in pixels; with several buckets the usual one, whose area theirs is about. */
    int width();

    /** The name of label i at index i; empty if there are no classes. */
    List<String> classNames();

    /**
     * The pictures of each size.
     *
     * @return sources of pictures of one size each, none of them empty; by default this one alone
     */
    default List<? extends PictureSource> buckets() {
        return List.of(this);
    }

    /**
     * What became of the pictures until they had their size, which some networks are told.
     *
     * @return by name; by default empty, as where nothing is known or where it is another in each epoch
     */
    default Map<String, Framing> framings() {
        return Map.of();
    }

    /**
     * Describes what else the batches depend on: how pictures are drawn and what they contain. Sources that give different
     * batches should have different descriptions; a run that is resumed must have the same one.
     *
     * @return values by name; empty if nothing is known
     */
    default Map<String, String> description() {
        return Map.of();
    }

    /**
     * Whether pictures in a folder belong to this source, or would if they were written there. A run must not learn from
     * what it writes.
     *
     * @param folder a folder, which needn't exist
     * @return whether it is the folder from which pictures are read, or a subfolder that contains some of them
     */
    default boolean readsFrom(Path folder) {
        return false;
    }

    /**
     * Gives an endless stream of batches. Each epoch is a permutation of all pictures, and the epochs follow one another
     * without a gap, so every batch is full, and a batch may contain pictures of two epochs. The n-th batch depends only on
     * the pictures, {@code batchSize}, {@code seed} and n. With several buckets each has such epochs of its own, so that a bucket's
     * last pictures of an epoch share a batch with its first ones of the next, and all batches are full; in an epoch each bucket
     * gives the batches that begin in its own, in random order. It doesn't depend on the number of threads, on where the stream
     * began or on ND4J's random generator, whose state isn't changed.
     *
     * @param batchSize the number of pictures per batch, at least 1
     * @param seed decides the order, and everything that is random about a picture (crop, flip, transform)
     * @param first the number of the first batch, from 0: {@code batches(b, s, k)} gives what {@code batches(b, s, 0)}
     *     gives after k batches
     */
    BatchStream batches(int batchSize, long seed, long first);

    /**
     * Gives some of these batches: those of the numbers that are asked for, with the same contents.
     *
     * @param batchSize the number of pictures per batch, at least 1
     * @param seed as in {@link #batches(int, long, long)}
     * @param numbers which batches
     * @return an endless stream
     */
    default BatchStream batches(int batchSize, long seed, BatchNumbers numbers) {
        return new SkippingBatches(batches(batchSize, seed, numbers.first()), numbers);
    }
}
