package org.diffusion4j.cli;

import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.Locale;
import org.diffusion4j.OneLine;

/**
 * What a user reads. A line stays one line whatever name stands in it: what a terminal would act on is written out. What is
 * printed without a line's end goes through as it is: picocli's help, with its colours.
 */
final class LineWriter extends PrintWriter {
    private final Watched watched;
    private final boolean mustArrive;

    private LineWriter(Watched watched, boolean mustArrive) {
        super(watched, true);
        this.watched = watched;
        this.mustArrive = mustArrive;
    }

    /**
     * For what was asked for: a command that can't print it has failed, and needn't go on.
     *
     * @param out where to
     * @return a writer whose lines throw {@link Unwritten}
     */
    static LineWriter results(Writer out) {
        return new LineWriter(new Watched(out), true);
    }

    /** For errors and progress: where they can't be printed, there is nowhere to say so. */
    static LineWriter messages(Writer err) {
        return new LineWriter(new Watched(err), false);
    }

    @Override
    public void println(String line) {
        String spaced = String.valueOf(line).replace("\t", "    "); // a stack trace's
        super.println(mustArrive ? OneLine.escaped(spaced) : OneLine.of(spaced));
        check();
    }

    @Override
    public void println(Object line) {
        println(String.valueOf(line));
    }

    /** @throws Unwritten if something that was printed hasn't arrived */
    void check() {
        if (mustArrive && checkError()) {
            throw new Unwritten(watched.failure);
        }
    }

    /** Standard output took no more. */
    static final class Unwritten extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Unwritten(IOException cause) {
            super(
                    "standard output: expected to write there, found "
                            + (cause == null ? "that it can't be written" : cause.getMessage()),
                    cause);
        }

        /** Whether who read it has seen enough, as {@code | head} has: that is no news. */
        boolean isUnread() {
            // The system's words, which name the pipe in most languages.
            return getCause() != null
                    && String.valueOf(getCause().getMessage())
                            .toLowerCase(Locale.ROOT)
                            .contains("pipe");
        }
    }

    /** Remembers what a {@link PrintWriter} swallows. */
    private static final class Watched extends FilterWriter {
        private IOException failure;

        Watched(Writer out) {
            super(out);
        }

        @Override
        public void write(char[] characters, int from, int length) throws IOException {
            try {
                out.write(characters, from, length);
            } catch (IOException e) {
                throw remembered(e);
            }
        }

        @Override
        public void write(String text, int from, int length) throws IOException {
            try {
                out.write(text, from, length);
            } catch (IOException e) {
                throw remembered(e);
            }
        }

        @Override
        public void flush() throws IOException {
            try {
                out.flush();
            } catch (IOException e) {
                throw remembered(e);
            }
        }

        private IOException remembered(IOException e) {
            failure = failure == null ? e : failure;
            return e;
        }
    }
}
