package org.diffusion4j.engine.onednn;

import java.util.List;

/**
 * A loop in Java.
 *
 * @param buffers the buffers that it reads and writes
 * @param stages its stages
 * @param overwriting the result that may have the place of an operand; null for none
 * @param overwritten these operands
 */
record LoopStep(List<Buffer> buffers, List<Stage> stages, Buffer overwriting, List<Buffer> overwritten)
        implements Step {
    @Override
    public void bind() {
        // The loop asks its buffers for their memory when it runs.
    }

    @Override
    public void run() {
        Stage.run(stages);
    }
}
