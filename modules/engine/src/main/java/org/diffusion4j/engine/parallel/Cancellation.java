package org.diffusion4j.engine.parallel;

import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Ends work that nobody wants any more. */
public final class Cancellation {
    /** Of work that nobody can cancel. */
    public static final BooleanSupplier NEVER = () -> false;

    private Cancellation() {}

    /**
     * Throws if work is cancelled.
     *
     * @param cancelled whether it is
     * @throws CancellationException if it is
     */
    public static void check(BooleanSupplier cancelled) {
        if (cancelled.getAsBoolean()) {
            throw new CancellationException("cancelled while the network ran");
        }
    }
}
