package org.diffusion4j.engine.onednn;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * The order in which workers add to the same memory: for each addition the first worker, then the second, and so on. Thus
 * they don't write at once, and a sum doesn't depend on who comes first.
 */
final class OrderedAdditions {
    private static final int SPACING = 16; // a line of the cache each
    private static final int SPINS = 10_000;
    private static final long PAUSE_NANOS = 10_000;

    private final AtomicLongArray done;
    private final int workers;

    OrderedAdditions(int workers) {
        this.workers = workers;
        this.done = new AtomicLongArray(workers * SPACING);
    }

    /** Before the workers start on something new. */
    void reset() {
        for (int worker = 0; worker < workers; worker++) {
            done.set(worker * SPACING, 0);
        }
    }

    /** Waits until the worker before has made the addition that this one makes next. */
    void await(int worker) {
        if (worker == 0) {
            return;
        }
        long mine = done.get(worker * SPACING);
        for (int spins = 0; done.get((worker - 1) * SPACING) <= mine; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    void finish(int worker) {
        done.incrementAndGet(worker * SPACING);
    }

    /** After a failure: nobody waits for this worker any more. */
    void abandon(int worker) {
        done.set(worker * SPACING, Long.MAX_VALUE / 2);
    }
}
