package org.diffusion4j.data;

/** Pictures that several threads at once can draw into batches. */
interface Drawings {
    /**
     * @param index the number of the picture
     * @param random decides everything that is random about it
     * @param values gets numbers in [-1, 1], [C, H, W] from {@code offset} on
     */
    void draw(int index, long random, float[] values, int offset);

    /** The index of the class's name; any number if there are no classes. */
    long label(int index);

    String name(int index);
}
