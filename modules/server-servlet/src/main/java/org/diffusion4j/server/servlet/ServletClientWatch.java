package org.diffusion4j.server.servlet;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.concurrent.ScheduledExecutorService;
import org.diffusion4j.server.http.ClientWatch;

/**
 * The watch of a client of a container. A container reads nothing from the connection while an answer is made; but Tomcat, asked what
 * is available after a body's end, looks, and says that there is something where it found the connection's end. A request that the client
 * sends before it has its answer looks the same: what is there when the body has been read isn't taken for an end, and the watch is
 * given up.
 */
final class ServletClientWatch extends ClientWatch implements AsyncListener {
    private final ServletInputStream input;

    ServletClientWatch(ServletInputStream input, ScheduledExecutorService timer) {
        super(timer);
        this.input = input;
    }

    @Override
    protected boolean mustLook() {
        return !hasEnded();
    }

    @Override
    protected boolean hasEnded() {
        try {
            return input.available() != 0;
        } catch (IOException | IllegalStateException e) {
            return true;
        }
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
