package org.diffusion4j.server.http;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** What all requests have in common, whichever container they come through: who answers them, their limits, and how many there are. */
public final class Exchanges {
    /** How many times the largest body is still read, so that a client that sends too much sees why it is refused. */
    private static final long MUCH = 4;

    private static final int MOST_STREAMS = 512;

    private final Dispatcher dispatcher;
    private final int mostBytes;
    private final ScheduledExecutorService timer;
    private final Consumer<AnsweredCall> answered;
    private final AtomicInteger unanswered = new AtomicInteger();
    private final AtomicInteger streams = new AtomicInteger();

    /**
     * Makes what requests have in common.
     *
     * @param dispatcher answers
     * @param mostBytes the largest body
     * @param timer looks for events and for clients that went away
     * @param answered is told of each answer
     */
    public Exchanges(
            Dispatcher dispatcher, int mostBytes, ScheduledExecutorService timer, Consumer<AnsweredCall> answered) {
        this.dispatcher = dispatcher;
        this.mostBytes = mostBytes;
        this.timer = timer;
        this.answered = answered;
    }

    /**
     * Who answers.
     *
     * @return the dispatcher
     */
    public Dispatcher dispatcher() {
        return dispatcher;
    }

    /**
     * What looks for events and for clients that went away.
     *
     * @return a timer, whose threads mustn't wait for a client
     */
    public ScheduledExecutorService timer() {
        return timer;
    }

    /**
     * The largest body.
     *
     * @return its length in bytes
     */
    public int mostBytes() {
        return mostBytes;
    }

    /**
     * How much of a body that is too large is read before its client is told so: one that still sends would not see an answer.
     *
     * @return a length in bytes; the client of a larger body is told at once
     */
    public long mostSkippedBytes() {
        return MUCH * mostBytes;
    }

    /**
     * How many requests have no answer yet, without streams of events.
     *
     * @return their number
     */
    public int unanswered() {
        return unanswered.get();
    }

    /** A request has come. */
    public void begin() {
        unanswered.incrementAndGet();
    }

    /**
     * A request has its answer, or the first of its events.
     *
     * @param call the request
     * @param status the answer's status; 499 if the client went away before
     * @param bytes the body's length; 0 for a stream
     * @param seconds how long it took
     */
    public void end(Call call, int status, long bytes, double seconds) {
        unanswered.decrementAndGet();
        answered.accept(new AnsweredCall(call.method(), call.path(), call.client(), status, bytes, seconds));
    }

    /**
     * Begins a stream of events.
     *
     * @throws Fault if there are too many
     */
    public void beginStream() {
        if (streams.incrementAndGet() > MOST_STREAMS) {
            streams.decrementAndGet();
            throw new Fault(429, "events: expected fewer clients that listen");
        }
    }

    /** Ends a stream of events that has begun. */
    public void endStream() {
        streams.decrementAndGet();
    }

    /**
     * Why a body isn't taken.
     *
     * @return that it is too large
     */
    public Fault tooLarge() {
        return new Fault(413, "body: expected at most " + mostBytes + " bytes, found more");
    }

    /**
     * Why a body isn't taken.
     *
     * @return that its end is missing
     */
    public Fault broken() {
        return new Fault(400, "body: expected all of it, found its end too early");
    }
}
