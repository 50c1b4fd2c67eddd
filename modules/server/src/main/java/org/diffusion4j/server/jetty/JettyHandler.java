package org.diffusion4j.server.jetty;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.diffusion4j.server.http.Answer;
import org.diffusion4j.server.http.Call;
import org.diffusion4j.server.http.Dispatcher;
import org.diffusion4j.server.http.EventPump;
import org.diffusion4j.server.http.Exchanges;
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
    private final Exchanges exchanges;
    private final Dispatcher dispatcher;

    /**
     * Makes a handler.
     *
     * @param exchanges what its requests have in common
     */
    public JettyHandler(Exchanges exchanges) {
        this.exchanges = exchanges;
        this.dispatcher = exchanges.dispatcher();
    }

    /** One request on its way. */
    private final class Exchange {
        private final Request request;
        private final Response response;
        private final Callback callback;
        private final JettyClientWatch watch;
        private Call call;

        Exchange(Request request, Response response, Callback callback) {
            this.request = request;
            this.response = response;
            this.callback = callback;
            this.watch = new JettyClientWatch(request, exchanges.timer());
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
            } else if (request.getLength() > exchanges.mostBytes()) {
                tooLarge();
            } else {
                Content.Source.asByteArrayAsync(
                        request,
                        exchanges.mostBytes(),
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
            Answer.Whole answer = dispatcher.refused(call, exchanges.tooLarge());
            if (request.getLength() > exchanges.mostSkippedBytes()) {
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
                write(dispatcher.refused(call, exchanges.broken()));
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
            try {
                exchanges.beginStream();
            } catch (Fault e) {
                write(dispatcher.refused(call, e));
                return;
            }
            watch.answered(response);
            HttpFields.Mutable headers = response.getHeaders();
            headers.put("Content-Type", EventPump.CONTENT_TYPE);
            headers.put("Cache-Control", "no-store");
            headers.put("X-Accel-Buffering", "no"); // for proxies in front
            dispatcher.headers(call).forEach(headers::put);
            end(200, 0);
            EventPump.start(events.source(), this::send, exchanges.timer());
        }

        private void send(byte[] bytes, boolean last, Consumer<Throwable> done) {
            response.write(
                    last,
                    ByteBuffer.wrap(bytes),
                    Callback.from(
                            () -> {
                                done.accept(null);
                                if (last) {
                                    exchanges.endStream();
                                    callback.succeeded();
                                }
                            },
                            failure -> {
                                done.accept(failure);
                                exchanges.endStream();
                                callback.succeeded(); // the client went away, which is how most streams end
                            }));
        }

        private void end(int status, long bytes) {
            exchanges.end(call, status, bytes, (System.nanoTime() - request.getHeadersNanoTime()) / 1e9);
        }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        exchanges.begin();
        new Exchange(request, response, callback).begin();
        return true;
    }
}
