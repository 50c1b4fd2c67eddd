package org.diffusion4j.server.servlet;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.diffusion4j.server.http.Call;

/**
 * Sees that a client goes away while it waits for its answer. A container reads nothing from the connection in that time; but Tomcat, asked what
 * is available after a body's end, looks, and says that there is something where it found the connection's end. A request that the client
 * sends before it has its answer looks the same: what is there when the body has been read isn't taken for an end, and the watch is
 * given up.
 */
final class ServletClientWatch implements Call.ClientConnection, AsyncListener {
    private static final long EVERY_MILLIS = 500;

    private final ServletInputStream input;
    private final ScheduledExecutorService timer;
    private Runnable action;
    private ScheduledFuture<?> looking;
    private boolean gone;
    private boolean isAnswered;

    ServletClientWatch(ServletInputStream input, ScheduledExecutorService timer) {
        this.input = input;
        this.timer = timer;
    }

    @Override
    public synchronized void whenGone(Runnable toDo) {
        if (isAnswered) {
            return;
        }
        action = toDo;
        if (gone) {
            action.run();
        } else if (isQuiet()) {
            looking = timer.scheduleWithFixedDelay(this::look, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private synchronized void look() {
        if (!isAnswered && !gone && !isQuiet()) {
            isGone();
        }
    }

    private boolean isQuiet() {
        try {
            return input.available() == 0;
        } catch (IOException | IllegalStateException e) {
            return false;
        }
    }

    private synchronized void isGone() {
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

    /** Ends the watch; says whether the client is still there. */
    synchronized boolean answered() {
        stop();
        isAnswered = true;
        return !gone;
    }

    @Override
    public void onError(AsyncEvent event) {
        isGone();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        isGone();
    }

    @Override
    public void onComplete(AsyncEvent event) {
        isGone(); // before its answer
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        event.getAsyncContext().addListener(this);
    }
}
