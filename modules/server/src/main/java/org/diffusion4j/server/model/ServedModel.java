package org.diffusion4j.server.model;

import java.util.List;
import java.util.Optional;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.picture.GeneratedImage;

/** A model under the name that clients know it by. Nothing that it says tells where its files are. */
public final class ServedModel {
    private final String name;
    /** Where its files are. */
    private final String place;

    private final Painter painter;
    private final Memory memory;
    private volatile long lastUse = System.nanoTime();

    ServedModel(String name, String place, Painter painter, Memory memory) {
        this.name = name;
        this.place = place;
        this.painter = painter;
        this.memory = memory;
    }

    /** Makes room before a model is used. */
    @FunctionalInterface
    interface Memory {
        void makeRoomFor(ServedModel model);
    }

    /**
     * The name.
     *
     * @return a word without slashes
     */
    public String name() {
        return name;
    }

    /**
     * What it can do.
     *
     * @return its traits
     */
    public ModelTraits traits() {
        return painter.traits();
    }

    /**
     * The structure of its network.
     *
     * @return a picture in SVG; empty for a network of guided-diffusion
     */
    public Optional<String> drawing() {
        return Optional.ofNullable(painter.drawing());
    }

    /**
     * Whether there is a drawing of its network.
     *
     * @return false for a network of guided-diffusion
     */
    public boolean hasDrawing() {
        return painter.hasDrawing();
    }

    /**
     * How many pictures should be drawn together at most.
     *
     * @return at least 1
     */
    public int batch() {
        return painter.batch();
    }

    /**
     * Whether its weights are in memory.
     *
     * @return true from the first drawing on, until they are let go
     */
    public boolean isInMemory() {
        return painter.isInMemory();
    }

    /**
     * Decides everything that a request leaves open. No weights are read.
     *
     * @param request what a client wants
     * @return the plan
     * @throws Diffusion4jException if the model can't do what is asked; the message begins with the option's name
     */
    public DrawPlan plan(DrawRequest request) {
        try {
            return painter.plan(request);
        } catch (IllegalArgumentException | Diffusion4jException e) {
            throw new Diffusion4jException(withoutPlace(e.getMessage()), e);
        }
    }

    /**
     * Draws parts of plans together. Their weights are read if they aren't in memory.
     *
     * @param parts of plans of this model that go with each other
     * @param listener looks on, and may end it
     * @return the pictures of each part
     * @throws Diffusion4jException if it can't be done
     * @throws java.util.concurrent.CancellationException if the listener ends it
     */
    public List<List<GeneratedImage>> draw(List<DrawPlan.Part> parts, DrawListener listener) {
        lastUse = System.nanoTime();
        memory.makeRoomFor(this);
        try {
            return painter.draw(parts, listener);
        } catch (Diffusion4jException e) {
            throw new Diffusion4jException(withoutPlace(e.getMessage()), e);
        } finally {
            lastUse = System.nanoTime();
        }
    }

    private String withoutPlace(String message) {
        return String.valueOf(message).replace(place, name);
    }

    long keptBytes() {
        return painter.keptBytes();
    }

    long lastUse() {
        return lastUse;
    }

    void letGo() {
        painter.letGo();
    }

    void close() {
        painter.close();
    }
}
