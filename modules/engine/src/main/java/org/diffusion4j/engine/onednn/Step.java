package org.diffusion4j.engine.onednn;

import java.util.List;

/** One step of a program. */
interface Step {
    /** The buffers that it reads or writes, whose memory must not belong to other values while it runs. */
    List<Buffer> buffers();

    /** Called once, as soon as every buffer has its memory. */
    void bind();

    void run();
}
