package org.diffusion4j.spark.sampling;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.diffusion4j.picture.GeneratedImage;

/** Draws some of a job's pictures. */
interface Drawing {
    /** How many pictures are drawn together. */
    int together();

    /**
     * Draws pictures.
     *
     * @param first the number of the first, from 0
     * @param count how many, at least 1
     * @param killed whether nobody wants them any more
     */
    List<GeneratedImage> draw(int first, int count, BooleanSupplier killed);

    /** The prompt of a picture; null if it has none. */
    String prompt(int index);
}
