package org.diffusion4j.server.jetty;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.diffusion4j.server.http.Call;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;

/**
 * Sees that a client goes away while it waits for its answer. Jetty reads nothing from an HTTP/1 connection in that time, so that
 * it learns of it too late: now and then a byte is read, whose end means that the client is gone. A byte that does come belongs to
 * a request that was sent too early; such a connection is closed after the answer, and its client sends the request again.
 */
final class ClientWatch implements Call.ClientConnection {
    private static final long EVERY_MILLIS = 500;

    private final Request request;
    private final ScheduledExecutorService timer;
    private Runnable action;
    private ScheduledFuture<?> looking;
    private boolean gone;
    private boolean isAnswered;
    private boolean readTooFar;

    ClientWatch(Request request, ScheduledExecutorService timer) {
        this.request = request;
        this.timer = timer;
    }

    @Override
    public synchronized void whenGone(Runnable toDo) {
        if (isAnswered) {
            return;
        }
        action = toDo;
        request.addFailureListener(failure -> isGone());
        HttpVersion version = request.getConnectionMetaData().getHttpVersion();
        if (version.getVersion() <= HttpVersion.HTTP_1_1.getVersion()) {
            looking = timer.scheduleWithFixedDelay(this::look, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private synchronized void look() {
        if (isAnswered || gone || readTooFar) {
            return;
        }
        ConnectionMetaData connection = request.getConnectionMetaData();
        EndPoint endPoint = connection.getConnection().getEndPoint();
        ByteBuffer buffer = BufferUtil.allocate(1);
        try {
            int read = endPoint.fill(buffer);
            if (read < 0) {
                isGone();
            }
            readTooFar = read > 0;
        } catch (IOException e) {
            isGone();
        }
    }

    private synchronized void isGone() {
        if (!gone && !isAnswered) {
            gone = true;
            stop();
            action.run();
        }
    }

    private void stop() {
        if (looking != null) {
            looking.cancel(false);
        }
    }

    /** Ends the watch; says whether the client is still there. From now on Jetty alone reads the connection. */
    synchronized boolean answered(Response response) {
        stop();
        if (readTooFar) {
            response.getHeaders().put("Connection", "close");
        }
        isAnswered = true;
        return !gone;
    }
}
