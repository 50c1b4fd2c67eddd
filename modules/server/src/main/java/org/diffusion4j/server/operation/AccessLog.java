package org.diffusion4j.server.operation;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.function.Consumer;
import org.diffusion4j.OneLine;
import org.diffusion4j.server.http.AnsweredCall;
import org.diffusion4j.server.http.HttpCounts;

/** A line for each answer: when, to whom, what was asked for, the status, the bytes and the seconds. */
public final class AccessLog implements Consumer<AnsweredCall> {
    private final HttpCounts counts;
    private final Consumer<String> lines;

    /**
     * Makes a log.
     *
     * @param counts counts the answers
     * @param lines takes the lines
     */
    public AccessLog(HttpCounts counts, Consumer<String> lines) {
        this.counts = counts;
        this.lines = lines;
    }

    @Override
    public void accept(AnsweredCall call) {
        counts.answered(call.status());
        lines.accept(String.format(
                Locale.ROOT,
                "%s %s \"%s %s\" %d %d %.3f",
                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                call.client(),
                OneLine.of(call.method()),
                OneLine.of(call.path()),
                call.status(),
                call.bytes(),
                call.seconds()));
    }
}
