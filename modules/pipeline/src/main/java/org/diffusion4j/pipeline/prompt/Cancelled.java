package org.diffusion4j.pipeline.prompt;

import java.util.concurrent.CancellationException;

/** Ends a drawing that nobody wants any more. */
final class Cancelled {
    private Cancelled() {}

    static void check(PromptListener listener) {
        if (listener.isCancelled()) {
            throw new CancellationException("the drawing was cancelled");
        }
    }
}
