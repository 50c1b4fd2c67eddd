package org.diffusion4j.engine.onednn;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Makes workers add to the same memory in order: for each addition, the first worker comes first, then the second, and so
 * on. So they never write at the same time, and a sum doesn't depend on their speed.
 */
final class OrderedAdditions {
    private static final int SPACING = 16; // one cache line per counter
    private static final int SPINS = 10_000;
    private static final long PAUSE_NANOS = 10_000;

    private final AtomicLongArray done;
    private final int workers;

    OrderedAdditions(int workers) {
        this.workers = workers;
        this.done = new AtomicLongArray(workers * SPACING);
    }

    /** Must be called before the workers start a new run. */
    void reset() {
        for (int worker = 0; worker < workers; worker++) {
            done.set(worker * SPACING, 0);
        }
    }

    /** Waits until the previous worker has done the addition that this worker does next. */
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

    /** Called after a failure: no other worker waits for this one any more. */
    void abandon(int worker) {
        done.set(worker * SPACING, Long.MAX_VALUE / 2);
    }
}
