package org.diffusion4j.engine.onednn;

import java.util.List;

/** One thing that a program does. */
interface Step {
    /** The memory that it reads or writes: what must not be another value's while it runs. */
    List<Buffer> buffers();

    /** Called once, when every buffer has its memory. */
    void bind();

    void run();
}
