package org.diffusion4j.engine.onednn;

import java.util.List;

/** One step of a program. */
interface Step {
    /** The buffers that it reads or writes, whose memory must not belong to other values while it runs. */
    List<Buffer> buffers();

    /**
     * A result that may have the place of one of {@link #overwritten}: each element is written only when all that it is made
     * from has been read.
     *
     * @return the result; null if there is none
     */
    default Buffer overwriting() {
        return null;
    }

    /** The operands whose place {@link #overwriting} may take; null is allowed. */
    default List<Buffer> overwritten() {
        return List.of();
    }

    /** Called once, as soon as every buffer has its memory. */
    void bind();

    /** Does all of its work on the calling thread. */
    void run();

    /** Its work as stages, one after the other, whose parts a {@link Team} shares. */
    default List<Stage> stages() {
        return List.of(Stage.whole(this::run));
    }
}
