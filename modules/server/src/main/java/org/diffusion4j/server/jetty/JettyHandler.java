package org.diffusion4j.server.jetty;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.diffusion4j.server.http.Answer;
import org.diffusion4j.server.http.Call;
import org.diffusion4j.server.http.Dispatcher;
import org.diffusion4j.server.http.EventPump;
import org.diffusion4j.server.http.Fault;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.URIUtil;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;

/** Answers Jetty's requests. No thread waits for a body, a picture or a client. */
public final class JettyHandler extends Handler.Abstract {
    private static final int MOST_STREAMS = 512;
    private static final long MUCH = 4;

    private final Dispatcher dispatcher;
    private final int mostBytes;
    private final ScheduledExecutorService timer;
    private final Consumer<AnsweredCall> answered;
    private final AtomicInteger unanswered = new AtomicInteger();
    private final AtomicInteger streams = new AtomicInteger();

    /**
     * A request and what it got.
     *
     * @param method the request's method
     * @param path its path, decoded, or as it came if that can't be done
     * @param client the client's address
     * @param status the answer's status; 499 if the client went away before
     * @param bytes the body's length; 0 for a stream
     * @param seconds how long it took
     */
    public record AnsweredCall(String method, String path, String client, int status, long bytes, double seconds) {}

    /**
     * Makes a handler.
     *
     * @param dispatcher answers
     * @param mostBytes the largest body
     * @param timer looks for events and for clients that went away
     * @param answered is told of each answer
     */
    public JettyHandler(
            Dispatcher dispatcher, int mostBytes, ScheduledExecutorService timer, Consumer<AnsweredCall> answered) {
        this.dispatcher = dispatcher;
        this.mostBytes = mostBytes;
        this.timer = timer;
        this.answered = answered;
    }

    /**
     * How many requests have no answer yet, without streams of events.
     *
     * @return their number
     */
    public int unanswered() {
        return unanswered.get();
    }

    /** One request on its way. */
    private final class Exchange {
        private final Request request;
        private final Response response;
        private final Callback callback;
        private final ClientWatch watch;
        private Call call;

        Exchange(Request request, Response response, Callback callback) {
            this.request = request;
            this.response = response;
            this.callback = callback;
            this.watch = new ClientWatch(request, timer);
        }

        void begin() {
            call = new Call(
                    request.getMethod(),
                    "/",
                    Map.of(),
                    request.getHeaders()::get,
                    new byte[0],
                    Request.getRemoteAddr(request),
                    request.getHttpURI().getScheme() + "://"
                            + request.getHeaders().get("Host"),
                    watch);
            try {
                call = new Call(
                        call.method(),
                        URIUtil.decodePath(Request.getPathInContext(request)),
                        parameters(),
                        call.headers(),
                        call.body(),
                        call.client(),
                        call.base(),
                        watch);
            } catch (RuntimeException e) {
                write(dispatcher.refused(call, new Fault(400, "path: expected UTF-8, encoded with percent signs")));
                return;
            }
            Answer.Whole first = dispatcher.first(call);
            if (first != null) {
                write(first);
            } else if (request.getLength() > mostBytes) {
                tooLarge();
            } else {
                Content.Source.asByteArrayAsync(
                        request,
                        mostBytes,
                        Promise.Invocable.from(InvocationType.NON_BLOCKING, (bytes, failure) -> request.getComponents()
                                .getExecutor()
                                .execute(() -> read(bytes, failure))));
            }
        }

        private Map<String, List<String>> parameters() {
            Map<String, List<String>> parameters = new HashMap<>();
            Request.extractQueryParameters(request)
                    .forEach(field -> parameters.put(field.getName(), field.getValues()));
            return parameters;
        }

        /** A client that still sends would not see an answer: what isn't much too large is read to its end before. */
        private void tooLarge() {
            Answer.Whole answer = dispatcher.refused(
                    call, new Fault(413, "body: expected at most " + mostBytes + " bytes, found more"));
            if (request.getLength() > MUCH * mostBytes) {
                write(answer);
            } else {
                Content.Source.consumeAll(request, Callback.from(() -> write(answer), failure -> write(answer)));
            }
        }

        private void read(byte[] bytes, Throwable failure) {
            if (failure instanceof IllegalStateException) {
                tooLarge();
                return;
            }
            if (failure != null) {
                write(dispatcher.refused(call, new Fault(400, "body: expected all of it, found its end too early")));
                return;
            }
            call = new Call(
                    call.method(),
                    call.path(),
                    call.parameters(),
                    call.headers(),
                    bytes,
                    call.client(),
                    call.base(),
                    watch);
            request.addIdleTimeoutListener(timeout -> false); // a picture may take longer
            dispatcher.answer(call).thenAccept(answer -> {
                if (answer instanceof Answer.Events events) {
                    stream(events);
                } else {
                    write((Answer.Whole) answer);
                }
            });
        }

        private void write(Answer.Whole answer) {
            boolean there = watch.answered(response);
            response.setStatus(answer.status());
            HttpFields.Mutable headers = response.getHeaders();
            answer.headers().forEach(headers::put);
            boolean head = call.method().equals("HEAD");
            if (answer.status() != 204) {
                headers.put("Content-Length", answer.body().length);
            }
            end(there ? answer.status() : 499, head ? 0 : answer.body().length);
            // Also for a client that seems to be gone, which may have closed only its own half of the connection.
            response.write(true, head ? null : ByteBuffer.wrap(answer.body()), callback);
        }

        private void stream(Answer.Events events) {
            if (streams.incrementAndGet() > MOST_STREAMS) {
                streams.decrementAndGet();
                write(dispatcher.refused(call, new Fault(429, "events: expected fewer clients that listen")));
                return;
            }
            watch.answered(response);
            HttpFields.Mutable headers = response.getHeaders();
            headers.put("Content-Type", EventPump.CONTENT_TYPE);
            headers.put("Cache-Control", "no-store");
            headers.put("X-Accel-Buffering", "no"); // for proxies in front
            dispatcher.headers(call).forEach(headers::put);
            end(200, 0);
            EventPump.start(events.source(), this::send, timer);
        }

        private void send(byte[] bytes, boolean last, Consumer<Throwable> done) {
            response.write(
                    last,
                    ByteBuffer.wrap(bytes),
                    Callback.from(
                            () -> {
                                done.accept(null);
                                if (last) {
                                    streams.decrementAndGet();
                                    callback.succeeded();
                                }
                            },
                            failure -> {
                                done.accept(failure);
                                streams.decrementAndGet();
                                callback.succeeded(); // the client went away, which is how most streams end
                            }));
        }

        private void end(int status, long bytes) {
            unanswered.decrementAndGet();
            double seconds = (System.nanoTime() - request.getHeadersNanoTime()) / 1e9;
            answered.accept(new AnsweredCall(call.method(), call.path(), call.client(), status, bytes, seconds));
        }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        unanswered.incrementAndGet();
        new Exchange(request, response, callback).begin();
        return true;
    }
}
