package org.diffusion4j.server.http;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.server.job.RefusedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers every request, whatever happens: what goes wrong is told in the form of the interface, and never more than a client may know. */
public final class Dispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private final Router router;
    private final Gate gate;

    /**
     * Makes a dispatcher.
     *
     * @param router who answers
     * @param gate who may ask
     */
    public Dispatcher(Router router, Gate gate) {
        this.router = router;
        this.gate = gate;
    }

    /**
     * Says whether a request may come in, before its body is read.
     *
     * @param call the request, without its body
     * @return the whole answer if it may not, or needs no more; null if its body should be read
     */
    public Answer.Whole first(Call call) {
        try {
            Answer.Whole whole = gate.check(call);
            return whole == null ? null : withHeaders(whole, call);
        } catch (Fault e) {
            return refused(call, e);
        }
    }

    /**
     * Answers a request that {@link #first} let in.
     *
     * @param call the request
     * @return the answer; it never ends with an exception
     */
    public CompletionStage<Answer> answer(Call call) {
        CompletionStage<? extends Answer> answer;
        try {
            answer = router.answer(call);
        } catch (RuntimeException | Error e) {
            answer = CompletableFuture.failedFuture(e);
        }
        return answer.handle((given, thrown) -> {
            if (thrown != null) {
                return refused(call, fault(thrown));
            }
            return given instanceof Answer.Whole whole ? withHeaders(whole, call) : given;
        });
    }

    /**
     * The answer to a request that isn't done.
     *
     * @param call the request
     * @param fault why not
     * @return the answer in the form of its interface
     */
    public Answer.Whole refused(Call call, Fault fault) {
        Answer.Whole answer = router.form(call.path()).answer(fault);
        for (Map.Entry<String, String> header : fault.headers().entrySet()) {
            answer = answer.with(header.getKey(), header.getValue());
        }
        return withHeaders(answer, call);
    }

    /**
     * The headers of a stream of events, of which there are some more than its kind.
     *
     * @param call the request
     * @return headers by name
     */
    public Map<String, String> headers(Call call) {
        return gate.headers(call);
    }

    private Answer.Whole withHeaders(Answer.Whole answer, Call call) {
        Answer.Whole all = answer.with("X-Content-Type-Options", "nosniff");
        for (Map.Entry<String, String> header : gate.headers(call).entrySet()) {
            all = all.with(header.getKey(), header.getValue());
        }
        return all;
    }

    private static Fault fault(Throwable thrown) {
        Throwable cause =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (cause instanceof Fault fault) {
            return fault;
        }
        if (cause instanceof RefusedException refused) {
            boolean full = refused.reason() == RefusedException.Reason.FULL;
            return new Fault(full ? 429 : 503, refused.getMessage()).with("Retry-After", full ? "1" : "10");
        }
        if (cause instanceof Diffusion4jException) {
            return Fault.of(cause.getMessage(), cause);
        }
        LOG.error("a request failed", cause);
        return new Fault(500, "the server failed; its log says more");
    }
}
