package org.diffusion4j.server.servlet;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.ReentrantLock;
import org.diffusion4j.server.http.ClientWatch;

/**
 * The watch of a client of a container. A container reads nothing from the connection while an answer is made; but Tomcat, asked what
 * is available after a body's end, looks, and says that there is something where it found the connection's end. A request that the client
 * sends before it has its answer looks the same: what is there when the body has been read isn't taken for an end, and the watch is
 * given up.
 */
final class ServletClientWatch extends ClientWatch implements AsyncListener {
    private final ServletInputStream input;
    private final ReentrantLock inUse = new ReentrantLock();
    /** Whether the container may have given the request's objects to another request. */
    private boolean isOver;

    /** Something done with the request, its answer or its context. */
    interface Use {
        void run() throws IOException;
    }

    ServletClientWatch(ServletInputStream input, ScheduledExecutorService timer) {
        super(timer);
        this.input = input;
    }

    /**
     * Does something with the request's objects, unless they are no longer its own. The container, which uses them again for other
     * requests, waits meanwhile.
     *
     * @param use what is done
     * @return false if it wasn't
     * @throws IOException as that throws it
     */
    boolean use(Use use) throws IOException {
        inUse.lock();
        try {
            if (isOver) {
                return false;
            }
            use.run();
            return true;
        } finally {
            inUse.unlock();
        }
    }

    @Override
    protected boolean mustLook() {
        return !hasEnded();
    }

    @Override
    protected boolean hasEnded() {
        if (!inUse.tryLock()) {
            return false; // its answer is on the way, perhaps slowly
        }
        try {
            return isOver || input.available() != 0;
        } catch (IOException | IllegalStateException e) {
            return true;
        } finally {
            inUse.unlock();
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
        inUse.lock();
        try {
            isOver = true;
        } finally {
            inUse.unlock();
        }
        isGone(); // before its answer
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        event.getAsyncContext().addListener(this);
    }
}
