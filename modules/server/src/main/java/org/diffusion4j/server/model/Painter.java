package org.diffusion4j.server.model;

import java.util.List;
import org.diffusion4j.picture.GeneratedImage;

/** Draws with one model. Several threads may ask for plans; one at a time draws. */
interface Painter extends AutoCloseable {
    /** What the model can do. */
    ModelTraits traits();

    boolean hasDrawing();

    /** The network as a drawing of its structure, in SVG; null for one that nobody draws. */
    String drawing();

    /**
     * Decides everything that a request leaves open. No weights are read.
     *
     * @throws org.diffusion4j.Diffusion4jException if the model can't do what is asked
     * @throws IllegalArgumentException if a value is out of its range; the message begins with its name
     */
    DrawPlan plan(DrawRequest request);

    /** Draws parts of plans that go with each other; gives the pictures of each part. */
    List<List<GeneratedImage>> draw(List<DrawPlan.Part> parts, DrawListener listener);

    /** How many pictures should be drawn together at most. */
    int batch();

    /** The weights' bytes while they are in memory between drawings; 0 if they never are. */
    long keptBytes();

    boolean isInMemory();

    /** Frees what is in memory between drawings, unless it is in use. */
    void letGo();

    @Override
    void close();
}
