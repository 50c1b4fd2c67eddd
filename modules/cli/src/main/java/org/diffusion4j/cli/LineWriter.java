package org.diffusion4j.cli;

import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.Locale;
import org.diffusion4j.OneLine;

/**
 * A writer for what a user reads. A line stays one line whatever names it contains, since characters that a terminal would
 * act on are escaped. Text that is printed without a line end isn't changed, such as picocli's help with its colours.
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
     * Makes a writer for results: a command that can't print its result has failed and needn't continue.
     *
     * @param out where the results are written
     * @return a writer whose lines throw {@link Unwritten}
     */
    static LineWriter results(Writer out) {
        return new LineWriter(new Watched(out), true);
    }

    /** Makes a writer for errors and progress. If they can't be printed, there is nowhere to report that. */
    static LineWriter messages(Writer err) {
        return new LineWriter(new Watched(err), false);
    }

    @Override
    public void println(String line) {
        String spaced = String.valueOf(line).replace("\t", "    "); // a stack trace has tabs
        super.println(mustArrive ? OneLine.escaped(spaced) : OneLine.of(spaced));
        check();
    }

    @Override
    public void println(Object line) {
        println(String.valueOf(line));
    }

    /** @throws Unwritten if something that was printed couldn't be written */
    void check() {
        if (mustArrive && checkError()) {
            throw new Unwritten(watched.failure);
        }
    }

    /** Standard output can't be written any more. */
    static final class Unwritten extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Unwritten(IOException cause) {
            super(
                    "standard output: expected to write there, found "
                            + (cause == null ? "that it can't be written" : cause.getMessage()),
                    cause);
        }

        /** Whether the reader has closed the pipe, as {@code | head} does, which needn't be reported. */
        boolean isUnread() {
            // This is the system's message, which contains the word pipe in most languages.
            return getCause() != null
                    && String.valueOf(getCause().getMessage())
                            .toLowerCase(Locale.ROOT)
                            .contains("pipe");
        }
    }

    /** Remembers exceptions that a {@link PrintWriter} swallows. */
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
