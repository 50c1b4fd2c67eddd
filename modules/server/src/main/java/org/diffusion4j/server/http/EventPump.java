package org.diffusion4j.server.http;

import java.io.Closeable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Sends what happens in an {@link EventSource} as server-sent events, and now and then a comment that shows that the client is there. */
public final class EventPump {
    /** The kind of what is sent. */
    public static final String CONTENT_TYPE = "text/event-stream";

    private static final long EVERY_MILLIS = 100;
    private static final long HEARTBEAT_NANOS = 10_000_000_000L;
    private static final byte[] HEARTBEAT = ":\n\n".getBytes(StandardCharsets.UTF_8);

    private final EventSource source;
    private final Sink sink;
    private ScheduledFuture<?> ticking;
    private long lastSent = System.nanoTime();
    private boolean sending;
    private boolean ended;

    /** Where bytes go. */
    public interface Sink {
        /**
         * Sends bytes.
         *
         * @param bytes some events
         * @param last whether nothing follows
         * @param done called once: with null when the next bytes can be sent, or with what went wrong
         */
        void send(byte[] bytes, boolean last, java.util.function.Consumer<Throwable> done);
    }

    private EventPump(EventSource source, Sink sink) {
        this.source = source;
        this.sink = sink;
    }

    /**
     * Begins to send.
     *
     * @param source where events come from; it is closed at the end if it can be
     * @param sink where they go
     * @param executor looks for events
     */
    public static void start(EventSource source, Sink sink, ScheduledExecutorService executor) {
        EventPump pump = new EventPump(source, sink);
        synchronized (pump) {
            pump.ticking = executor.scheduleWithFixedDelay(pump::tick, 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private synchronized void tick() {
        if (sending || ended) {
            return;
        }
        List<byte[]> parts = new ArrayList<>();
        boolean last;
        try {
            last = source.isEnd();
            for (EventSource.Event event : source.next()) {
                parts.add(("event: " + event.name() + "\ndata: " + event.data() + "\n\n")
                        .getBytes(StandardCharsets.UTF_8));
            }
        } catch (RuntimeException e) {
            last = true; // what was to be told is gone
        }
        long now = System.nanoTime();
        if (parts.isEmpty() && !last && now - lastSent > HEARTBEAT_NANOS) {
            parts.add(HEARTBEAT);
        }
        if (parts.isEmpty() && !last) {
            return;
        }
        lastSent = now;
        sending = true;
        ended = last;
        sink.send(joined(parts), last, this::sent);
    }

    private synchronized void sent(Throwable failure) {
        sending = false;
        if (failure != null || ended) {
            ended = true;
            ticking.cancel(false);
            if (source instanceof Closeable closeable) {
                try {
                    closeable.close();
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        }
    }

    private static byte[] joined(List<byte[]> parts) {
        byte[] all = new byte[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}
