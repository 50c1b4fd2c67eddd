package org.diffusion4j.data;

/** Pictures that can be drawn into a batch, by several threads at once. */
interface Drawings {
    /**
     * @param index of the picture
     * @param random decides on what is random about it
     * @param values float32 in [-1, 1], [C, H, W] from {@code offset} on
     */
    void draw(int index, long random, float[] values, int offset);

    /** A place in the class names; any number where there are none. */
    long label(int index);

    String name(int index);
}
