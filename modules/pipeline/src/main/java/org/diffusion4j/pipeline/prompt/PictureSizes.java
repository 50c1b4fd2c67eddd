package org.diffusion4j.pipeline.prompt;

import static org.diffusion4j.Requirement.require;

import java.io.Serializable;
import java.util.List;
import org.diffusion4j.graph.SampleSize;

/**
 * What SDXL is told of a picture's size: Podell et al. 2023 (arXiv:2307.01952), section 2.2.
 *
 * @param original the size of the picture before it was made smaller; null for the size that is drawn
 * @param cropTop how many rows were cut off at its top, at least 0
 * @param cropLeft how many columns were cut off at its left, at least 0
 * @param target the size that the picture was made; null for the size that is drawn
 */
public record PictureSizes(SampleSize original, int cropTop, int cropLeft, SampleSize target) implements Serializable {
    /** The size that is drawn, and nothing cut off. */
    public static final PictureSizes DRAWN = new PictureSizes(null, 0, 0, null);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is negative
     */
    public PictureSizes {
        require(cropTop >= 0 && cropLeft >= 0, "crop", "numbers from 0 on", cropTop + " and " + cropLeft);
    }

    /** The six numbers, in SDXL's order. */
    List<Integer> numbers(SampleSize drawn) {
        SampleSize from = original == null ? drawn : original;
        SampleSize to = target == null ? drawn : target;
        return List.of(from.height(), from.width(), cropTop, cropLeft, to.height(), to.width());
    }

    /** The six numbers as the network takes them. */
    float[] row(SampleSize drawn) {
        List<Integer> numbers = numbers(drawn);
        float[] row = new float[numbers.size()];
        for (int i = 0; i < row.length; i++) {
            row[i] = numbers.get(i);
        }
        return row;
    }
}
