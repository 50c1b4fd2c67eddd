package org.diffusion4j.spark.evaluate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.training.evaluate.Evaluator;

/**
 * Pictures that the classifier looks at together: always the same ones, so that each picture has the same features however the
 * chunks are divided among tasks.
 *
 * @param place in which it is one of several; chunks are in the order of their places, then of their numbers
 * @param number its number there
 * @param pictures at most {@link Evaluator#CHUNK}
 */
record PictureChunk(String place, long number, List<NamedPicture> pictures) implements Serializable {
    /** Cuts a list into parts of as many as are looked at together. */
    static <T> List<List<T>> cut(List<T> all) {
        List<List<T>> parts = new ArrayList<>();
        for (int first = 0; first < all.size(); first += Evaluator.CHUNK) {
            parts.add(new ArrayList<>(all.subList(first, Math.min(all.size(), first + Evaluator.CHUNK))));
        }
        return parts;
    }
}
