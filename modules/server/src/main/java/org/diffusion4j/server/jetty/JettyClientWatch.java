package org.diffusion4j.server.jetty;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ScheduledExecutorService;
import org.diffusion4j.server.http.ClientWatch;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;

/**
 * The watch of a client of Jetty's. Jetty reads nothing from an HTTP/1 connection while an answer is made, so that it learns too late
 * that a client is gone: now and then a byte is read, whose end means that the client is gone. A byte that does come belongs to
 * a request that was sent too early; such a connection is closed after the answer, and its client sends the request again.
 */
final class JettyClientWatch extends ClientWatch {
    private final Request request;
    /** Looks and answers take turns for it. */
    private boolean readTooFar;

    JettyClientWatch(Request request, ScheduledExecutorService timer) {
        super(timer);
        this.request = request;
    }

    @Override
    protected boolean mustLook() {
        request.addFailureListener(failure -> isGone());
        HttpVersion version = request.getConnectionMetaData().getHttpVersion();
        return version.getVersion() <= HttpVersion.HTTP_1_1.getVersion();
    }

    @Override
    protected synchronized boolean hasEnded() {
        if (readTooFar) {
            return false;
        }
        ConnectionMetaData connection = request.getConnectionMetaData();
        EndPoint endPoint = connection.getConnection().getEndPoint();
        ByteBuffer buffer = BufferUtil.allocate(1);
        try {
            int read = endPoint.fill(buffer);
            readTooFar = read > 0;
            return read < 0;
        } catch (IOException e) {
            return true;
        }
    }

    /** Ends the watch; says whether the client is still there. From now on Jetty alone reads the connection. */
    synchronized boolean answered(Response response) {
        if (readTooFar) {
            response.getHeaders().put("Connection", "close");
        }
        return answered();
    }
}
