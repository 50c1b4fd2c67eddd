package org.diffusion4j.engine.parallel;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Waits until no task runs any more, whatever happens: a caller that returned earlier might free memory that tasks still use.
 */
public final class WaitForAll {
    private WaitForAll() {}

    /**
     * Waits for all tasks. An interruption doesn't end the wait: the thread's flag is set afterwards.
     *
     * @param running the tasks
     * @throws RuntimeException if a task failed: the exception of the first such task, or its {@link Error}; checked
     *     exceptions become an {@link IllegalStateException}
     */
    public static void of(List<? extends Future<?>> running) {
        of(running, () -> {});
    }

    private static void of(List<? extends Future<?>> running, Runnable atInterruption) {
        Throwable failure = null;
        boolean interrupted = false;
        for (Future<?> one : running) {
            boolean done = false;
            while (!done) {
                try {
                    one.get();
                    done = true;
                } catch (ExecutionException e) {
                    failure = failure == null ? e.getCause() : failure;
                    done = true;
                } catch (InterruptedException e) {
                    interrupted = true;
                    atInterruption.run();
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
        if (failure != null) {
            throw new IllegalStateException(failure);
        }
    }

    /**
     * Waits for all tasks of a computation, and throws if the thread was interrupted meanwhile.
     *
     * @param running the tasks
     * @param what says what the tasks do, for the message, such as "the network ran"
     * @throws IllegalStateException if the thread was interrupted; its interrupt flag is set
     */
    public static void of(List<? extends Future<?>> running, String what) {
        of(running, what, () -> {});
    }

    /**
     * Waits for all tasks of a computation, and throws if the thread was interrupted meanwhile.
     *
     * @param running the tasks
     * @param what says what the tasks do, for the message, such as "the network ran"
     * @param atInterruption called when the thread is interrupted; it may make the tasks end with a {@link
     *     CancellationException}
     * @throws IllegalStateException if the thread was interrupted; its interrupt flag is set
     */
    public static void of(List<? extends Future<?>> running, String what, Runnable atInterruption) {
        try {
            of(running, atInterruption);
        } catch (CancellationException e) {
            if (!Thread.currentThread().isInterrupted()) {
                throw e;
            }
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new IllegalStateException("interrupted while " + what);
        }
    }
}
