package org.diffusion4j.engine.onednn;

import java.util.List;

/**
 * Work that may be divided among threads. The parts are independent of each other, so the result is the same to the bit
 * whichever thread does which part.
 *
 * @param parts the number of parts, at least 1
 * @param work what a part does
 */
record Stage(int parts, Work work) {
    /** A part with fewer elements takes less time than what the other threads need to begin. */
    static final int LEAST_ELEMENTS = 4096;
    /** More threads than this don't share a stage; with more parts, their own costs would be noticeable. */
    private static final int MOST_PARTS = 64;

    private static final int LANES = 16;

    /** Does some of the work. */
    interface Work {
        /**
         * Does one part.
         *
         * @param part the part, from 0
         * @param thread the number of the thread in its team, from 0, by which it finds its own scratch memory
         */
        void run(int part, int thread);
    }

    /** Does the work of some rows, or other equal pieces. */
    interface Rows {
        void run(int from, int to);
    }

    /** Work that isn't divided. */
    static Stage whole(Runnable work) {
        return new Stage(1, (part, thread) -> work.run());
    }

    /**
     * Divides rows into parts of at least {@link #LEAST_ELEMENTS} elements.
     *
     * @param rows the number of rows
     * @param columns the number of elements of a row
     */
    static Stage rows(int rows, long columns, Rows work) {
        int parts = parts(rows, columns);
        return new Stage(parts, (part, thread) -> work.run(begin(rows, part, parts), begin(rows, part + 1, parts)));
    }

    /** Divides an array into parts that begin at a multiple of a vector's length, so that the same elements are vectors. */
    static Stage elements(long length, Rows work) {
        int blocks = Math.toIntExact((length + LANES - 1) / LANES);
        return rows(blocks, LANES, (from, to) -> work.run(from * LANES, (int) Math.min(length, (long) to * LANES)));
    }

    /** How many parts some rows have; it depends only on their size. */
    static int parts(int rows, long columns) {
        return (int) Math.max(1, Math.min(Math.min(rows, MOST_PARTS), rows * columns / LEAST_ELEMENTS));
    }

    /** The first of some rows that belongs to a part. */
    static int begin(int rows, int part, int parts) {
        return (int) ((long) rows * part / parts);
    }

    /** Runs stages on the calling thread. */
    static void run(List<Stage> stages) {
        for (Stage stage : stages) {
            for (int part = 0; part < stage.parts; part++) {
                stage.work.run(part, 0);
            }
        }
    }
}
