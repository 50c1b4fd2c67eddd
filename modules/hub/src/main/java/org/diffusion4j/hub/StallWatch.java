package org.diffusion4j.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** Closes a stream on which nothing arrives any more: a read of Java's HTTP client waits for ever. */
final class StallWatch implements AutoCloseable {
    private final InputStream stream;
    private final Duration longest;
    private final Thread watching;
    private volatile long arrived;
    private volatile boolean hasStalled;

    StallWatch(InputStream stream, Duration longest) {
        this.stream = stream;
        this.longest = longest;
        this.watching = new Thread(this::watch, "diffusion4j-hub-stall-watch");
        watching.setDaemon(true);
        watching.start();
    }

    /** @param bytes how many arrived so far */
    void arrived(long bytes) {
        arrived = bytes;
    }

    boolean hasStalled() {
        return hasStalled;
    }

    private void watch() {
        try {
            for (long before = -1; before != arrived; ) {
                before = arrived;
                Thread.sleep(longest.toMillis());
            }
            hasStalled = true;
            stream.close();
        } catch (InterruptedException | IOException e) {
            return; // the stream has ended
        }
    }

    @Override
    public void close() {
        watching.interrupt();
    }
}
