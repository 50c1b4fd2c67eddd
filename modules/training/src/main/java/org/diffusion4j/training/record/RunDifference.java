package org.diffusion4j.training.record;

import java.util.Locale;

/** What may differ when a run is resumed, if that is allowed. */
public enum RunDifference {
    /** The engine: the last bits of each step differ. */
    ENGINE,
    /** The number of threads: the last bits of each step differ. */
    THREADS,
    /** The precision of what is multiplied. */
    PRECISION,
    /** Java's major version: the last bits may differ. */
    JAVA,
    /** The pictures, or how they are cropped and flipped; not their size and classes, which are the network's. */
    DATA,
    /** The model that the run began with; the weights are the checkpoint's all the same. */
    MODEL;

    /**
     * Its name on a command line.
     *
     * @return lower case
     */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
