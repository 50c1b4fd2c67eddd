package org.diffusion4j.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Pictures to train on, all of one size, with values in [-1, 1], NCHW. Several threads may use one at once. */
public interface PictureSource {
    /** The number of pictures, at least 1. */
    int size();

    /** 1 for grey, 3 for red, green and blue in this order. */
    int channels();

    /** Pixels. */
    int height();

    /** Pixels. */
    int width();

    /** The name of label i at place i; empty where there are no classes. */
    List<String> classNames();

    /**
     * What else the batches depend on: how the pictures are drawn and what they hold. Two sources that give other batches
     * should not give the same description; a run that goes on is held to it.
     *
     * @return values by name; empty where nothing is known
     */
    default Map<String, String> description() {
        return Map.of();
    }

    /**
     * Whether some of the pictures lie in a folder, or would from the moment that others are written there: what a run
     * writes must not be what it learns from.
     *
     * @param folder that needn't be there
     * @return whether it is the folder that the pictures are read from, or one below it that holds some of them
     */
    default boolean readsFrom(Path folder) {
        return false;
    }

    /**
     * Batches without end. Each epoch is a permutation of all pictures, and the epochs follow one another without a
     * gap, so that every batch is full and one may hold pictures of two epochs. The n-th batch is a function of these
     * pictures, {@code batchSize}, {@code seed} and n only: not of the number of threads, nor of where the stream
     * began, nor of ND4J's random generator, which is left as it was.
     *
     * @param batchSize pictures in a batch, at least 1
     * @param seed decides on the order and on what is random about a picture (crop, flip, transform)
     * @param first the batch to begin with: 0 is a run's first, and {@code batches(b, s, k)} gives what is left of
     *     {@code batches(b, s, 0)} after k batches
     */
    BatchStream batches(int batchSize, long seed, long first);
}
