package org.diffusion4j.zoo.drawing;

import java.util.List;

/** What a {@link NetworkDrawing} says of a network. Level 0 has the largest images, in the decoder, too. */
sealed interface DrawnNetwork permits UNetText, ConditionText {
    /**
     * The texts in a box.
     *
     * @param lines the shape, then the blocks
     * @param context whether the context enters there
     */
    record Block(List<String> lines, boolean context) {}

    /**
     * A line that explains what enters the boxes.
     *
     * @param pill the mark that the boxes have for it; null to go on with the line before
     * @param style the mark's style, {@code time} or {@code context}; null without a mark
     */
    record Note(String pill, String style, String text) {}

    int levels();

    /** The sample's shape. */
    String input();

    /** The output's shape. */
    String output();

    Block encoder(int level);

    Block decoder(int level);

    /** Null if there is none. */
    Block bottleneck();

    /** What is before the encoder. */
    String firstLayer();

    /** What is behind the decoder. */
    String lastLayer();

    /** The step from this level of the encoder to the next. */
    String downsampling(int level);

    /** The step from the next level of the decoder to this one. */
    String upsampling(int level);

    /** How many of the encoder's outputs go to this level of the decoder; 0 for none. */
    int skips(int level);

    /** What enters the boxes; the first one's mark is that of the time embedding, which enters all boxes. */
    List<Note> notes();
}
