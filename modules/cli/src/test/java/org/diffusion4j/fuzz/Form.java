package org.diffusion4j.fuzz;

import java.util.Random;

/** What is known of a format, so that files can be changed where it hurts. */
interface Form {
    /**
     * A changed file; the same for the same arguments.
     *
     * @param file one that is read well, or one that was changed already
     * @param other another of the same format
     */
    byte[] mutated(byte[] file, byte[] other, Random random);
}
