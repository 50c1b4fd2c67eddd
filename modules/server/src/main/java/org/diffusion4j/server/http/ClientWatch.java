package org.diffusion4j.server.http;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Sees that a client goes away while it waits for its answer: it is told so, or looks now and then where nobody would tell. */
public abstract class ClientWatch implements Call.ClientConnection {
    private static final long EVERY_MILLIS = 500;

    private final ScheduledExecutorService timer;
    private Runnable action;
    private ScheduledFuture<?> looking;
    private boolean gone;
    private boolean isAnswered;

    /**
     * Makes a watch, which begins when somebody wants to know.
     *
     * @param timer looks now and then
     */
    protected ClientWatch(ScheduledExecutorService timer) {
        this.timer = timer;
    }

    @Override
    public final synchronized void whenGone(Runnable toDo) {
        if (isAnswered) {
            return;
        }
        action = toDo;
        if (gone) {
            action.run();
        } else if (mustLook() && !gone) {
            looking = timer.scheduleWithFixedDelay(this::look, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /**
     * Begins the watch.
     *
     * @return whether it must look at the connection now and then
     */
    protected abstract boolean mustLook();

    /**
     * Looks at the connection. It isn't called again after the answer, or once the client is gone.
     *
     * @return whether it has ended
     */
    protected abstract boolean hasEnded();

    private synchronized void look() {
        if (!isAnswered && !gone && hasEnded()) {
            isGone();
        }
    }

    /** The client is gone, unless it has its answer. */
    protected final synchronized void isGone() {
        if (!gone && !isAnswered) {
            gone = true;
            stop();
            if (action != null) {
                action.run();
            }
        }
    }

    private void stop() {
        if (looking != null) {
            looking.cancel(false);
        }
    }

    /**
     * Ends the watch.
     *
     * @return whether the client is still there
     */
    public final synchronized boolean answered() {
        stop();
        isAnswered = true;
        return !gone;
    }
}
