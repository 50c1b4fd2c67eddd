package org.diffusion4j.engine.onednn;

import java.util.List;

/** A part of a step that runs many times, for one block of queries after the other. */
interface BlockStep {
    /** The buffers that it reads or writes. */
    List<Buffer> buffers();

    /** Called once, as soon as every buffer has its memory. */
    void bind();

    /**
     * Runs for a block.
     *
     * @param image the image
     * @param head the block's first head
     * @param query the block's first query
     */
    void run(long image, long head, long query);
}
