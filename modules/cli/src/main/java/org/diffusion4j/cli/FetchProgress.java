package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import org.diffusion4j.hub.HubProgress;

/** Shows how far files from the hub are: a bar for each on a terminal, otherwise a line after every tenth of a large one. */
interface FetchProgress extends HubProgress, AutoCloseable {
    @Override
    void close();

    /** @param err where lines are printed; a bar is drawn on the terminal directly */
    static FetchProgress on(PrintWriter err) {
        return Boolean.getBoolean(TerminalBar.TERMINAL) ? new Bar() : new Lines(err);
    }

    /** Lines, for logs and files. */
    final class Lines implements FetchProgress {
        private static final long LARGE = 50_000_000;

        /** Configurations have fewer bytes than this, and are there at once. */
        private static final long SMALL = 100_000;

        private final PrintWriter err;
        private String file = "";
        private long tenths;

        Lines(PrintWriter err) {
            this.err = err;
        }

        @Override
        public void arrived(String arriving, long done, long size) {
            if (!arriving.equals(file)) {
                file = arriving;
                tenths = 0;
            }
            boolean isWhole = done == size;
            long now = size == 0 ? 0 : 10 * done / size;
            if (isWhole ? tenths < 10 && size >= SMALL : size >= LARGE && now > tenths) {
                tenths = isWhole ? 10 : now;
                err.println(String.format(
                        Locale.ROOT,
                        isWhole ? "fetched %s, %3$.1f MB" : "fetching %s, %.0f of %.0f MB",
                        file,
                        done / 1e6,
                        size / 1e6));
            }
        }

        @Override
        public void close() {}
    }

    /** A bar on a terminal, for one file after the other. */
    final class Bar implements FetchProgress {
        private static final int LONGEST_NAME = 40;

        /** After Ctrl-C, this clears the line for the prompt. */
        private final Thread end = new Thread(this::clear);

        private String file;
        private ProgressBar bar;

        Bar() {
            Runtime.getRuntime().addShutdownHook(end);
        }

        @Override
        public synchronized void arrived(String arriving, long done, long size) {
            if (!arriving.equals(file)) {
                clear();
                file = arriving;
                bar = TerminalBar.builder(shown(arriving), false)
                        .setUnit("MB", 1_000_000)
                        .setInitialMax(Math.max(size, done))
                        .build();
            }
            bar.stepTo(done);
        }

        /** The end of a name says more than its beginning. */
        private static String shown(String name) {
            return name.length() <= LONGEST_NAME ? name : "…" + name.substring(name.length() - LONGEST_NAME + 1);
        }

        private synchronized void clear() {
            if (bar != null) {
                bar.close();
                bar = null;
            }
        }

        @Override
        public void close() {
            try {
                Runtime.getRuntime().removeShutdownHook(end);
                clear();
            } catch (IllegalStateException e) {
                // Java is about to end, and the hook clears the bar.
            }
        }
    }
}
