package org.diffusion4j.spark.training;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * A step's batches from one number to another, of which the first is 0.
 *
 * @param step the step, from 0
 * @param from the first batch
 * @param to the batch after the last one
 */
record StepPart(long step, int from, int to) implements Serializable {
    /**
     * Divides a step. All parts but the last have the same power of two batches, so that each is a subtree of the tree in which
     * the whole step's gradient is added.
     *
     * @param step the step, from 0
     * @param batches how many it has
     * @param most of how many workers each takes a part
     * @return at most so many parts, the first batches first
     */
    static List<StepPart> of(long step, int batches, int most) {
        int size = 1;
        while ((batches + size - 1L) / size > most) {
            size *= 2;
        }
        List<StepPart> parts = new ArrayList<>();
        for (int from = 0; from < batches; from += size) {
            parts.add(new StepPart(step, from, Math.min(from + size, batches)));
        }
        return parts;
    }

    /** As a person counts. */
    String words() {
        return "step " + (step + 1) + (to - from == 1 ? ", batch " + to : ", batches " + (from + 1) + " to " + to);
    }
}
