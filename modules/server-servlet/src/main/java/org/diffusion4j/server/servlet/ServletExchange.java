package org.diffusion4j.server.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Consumer;
import org.diffusion4j.server.http.Answer;
import org.diffusion4j.server.http.Call;
import org.diffusion4j.server.http.Dispatcher;
import org.diffusion4j.server.http.EventPump;
import org.diffusion4j.server.http.Exchanges;
import org.diffusion4j.server.http.Fault;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request on its way. Its body is read as it comes; what is written goes through a thread of the container, which waits for a client that
 * reads slowly, as long as the container lets it.
 */
final class ServletExchange implements ReadListener {
    private static final Logger LOG = LoggerFactory.getLogger(ServletExchange.class);

    private final Exchanges exchanges;
    private final Dispatcher dispatcher;
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final long begun = System.nanoTime();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final byte[] buffer = new byte[8 << 10];
    private AsyncContext context;
    private ServletInputStream input;
    private ServletClientWatch watch;
    private Call call;
    private long read;
    private boolean isAnswered;

    ServletExchange(Exchanges exchanges, HttpServletRequest request, HttpServletResponse response) {
        this.exchanges = exchanges;
        this.dispatcher = exchanges.dispatcher();
        this.request = request;
        this.response = response;
    }

    void begin() {
        context = request.startAsync();
        exchanges.begin();
        context.setTimeout(0); // a picture may take long
        try {
            input = request.getInputStream();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        watch = new ServletClientWatch(input, exchanges.timer());
        context.addListener(watch);
        call = ServletCalls.withoutBody(request, watch);
        Answer.Whole first;
        try {
            call = ServletCalls.withParameters(call, request.getQueryString());
            String elsewhere = ServletCalls.withSlash(request);
            first = elsewhere == null
                    ? dispatcher.first(call)
                    : Answer.of(308, "text/plain", new byte[0]).with("Location", elsewhere);
        } catch (Fault e) {
            first = dispatcher.refused(call, e);
        }
        if (first == null && request.getContentLengthLong() > exchanges.mostSkippedBytes()) {
            first = dispatcher.refused(call, exchanges.tooLarge());
        }
        if (first == null) {
            input.setReadListener(this);
        } else {
            write(first);
        }
    }

    @Override
    public void onDataAvailable() throws IOException {
        while (!isAnswered && input.isReady()) {
            int count = input.read(buffer);
            if (count < 0) {
                return;
            }
            read += count;
            if (read <= exchanges.mostBytes()) {
                body.write(buffer, 0, count);
            } else if (read > exchanges.mostSkippedBytes()) {
                later(dispatcher.refused(call, exchanges.tooLarge()));
            }
        }
    }

    @Override
    public void onAllDataRead() {
        if (isAnswered) {
            return;
        }
        if (read > exchanges.mostBytes()) {
            later(dispatcher.refused(call, exchanges.tooLarge()));
            return;
        }
        isAnswered = true;
        call = ServletCalls.withBody(call, body.toByteArray());
        dispatcher
                .answer(call)
                .thenAccept(answer -> run(() -> {
                    if (answer instanceof Answer.Events events) {
                        stream(events);
                    } else {
                        write((Answer.Whole) answer);
                    }
                }));
    }

    @Override
    public void onError(Throwable failure) {
        if (!isAnswered) {
            later(dispatcher.refused(call, exchanges.broken()));
        }
    }

    private void later(Answer.Whole answer) {
        isAnswered = true;
        run(() -> write(answer));
    }

    /** Runs something in a thread of the container, or here if the container has already given the request up. */
    private void run(Runnable work) {
        boolean started = false;
        try {
            started = watch.use(() -> context.start(work));
        } catch (IOException | IllegalStateException e) {
            LOG.debug("the container has already given a request up", e);
        }
        if (!started) {
            work.run();
        }
    }

    private void write(Answer.Whole answer) {
        boolean there = watch.answered();
        end(there ? answer.status() : 499, call.method().equals("HEAD") ? 0 : answer.body().length);
        try {
            watch.use(() -> {
                response.setStatus(answer.status());
                answer.headers().forEach(response::setHeader);
                if (answer.status() != 204) {
                    response.setContentLength(answer.body().length);
                }
                // Also for a client that seems to be gone, which may have closed only its own half of the connection.
                response.getOutputStream().write(answer.body());
            });
        } catch (IOException | IllegalStateException e) {
            LOG.debug("a client went away before its answer", e);
        } finally {
            complete();
        }
    }

    private void stream(Answer.Events events) {
        try {
            exchanges.beginStream();
        } catch (Fault e) {
            write(dispatcher.refused(call, e));
            return;
        }
        watch.answered();
        end(200, 0);
        try {
            watch.use(() -> {
                response.setContentType(EventPump.CONTENT_TYPE);
                response.setHeader("Cache-Control", "no-store");
                response.setHeader("X-Accel-Buffering", "no"); // for proxies in front
                dispatcher.headers(call).forEach(response::setHeader);
            });
        } catch (IOException | IllegalStateException e) {
            LOG.debug(
                    "a client went away before its events",
                    e); // so that the first of them can't be sent, which ends the stream
        }
        EventPump.start(events.source(), this::startSend, exchanges.timer());
    }

    private void startSend(byte[] bytes, boolean last, Consumer<Throwable> done) {
        run(() -> send(bytes, last, done));
    }

    private void send(byte[] bytes, boolean last, Consumer<Throwable> done) {
        boolean isOver = last;
        try {
            boolean there = watch.use(() -> {
                OutputStream output = response.getOutputStream();
                output.write(bytes);
                output.flush();
            });
            if (!there) {
                throw new EOFException("the container has given the request up");
            }
            done.accept(null);
        } catch (IOException | IllegalStateException e) {
            isOver = true; // the client went away, which is how most streams end
            done.accept(e);
        }
        if (isOver) {
            exchanges.endStream();
            complete();
        }
    }

    private void end(int status, long bytes) {
        exchanges.end(call, status, bytes, (System.nanoTime() - begun) / 1e9);
    }

    private void complete() {
        try {
            watch.use(context::complete);
        } catch (IOException | IllegalStateException e) {
            LOG.debug("the container has already given a request up, as its client went away", e);
        }
    }
}
