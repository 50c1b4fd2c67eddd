package org.diffusion4j.engine.onednn;

import java.util.List;

/**
 * A loop in Java.
 *
 * @param buffers the buffers that it reads and writes
 * @param loop the loop
 */
record LoopStep(List<Buffer> buffers, Runnable loop) implements Step {
    @Override
    public void bind() {
        // The loop asks its buffers for their memory when it runs.
    }

    @Override
    public void run() {
        loop.run();
    }
}
