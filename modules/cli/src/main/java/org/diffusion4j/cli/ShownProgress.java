package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import org.diffusion4j.Progress;

/** Shows the progress of a long task: a bar on a terminal, otherwise a line after every tenth. */
interface ShownProgress extends Progress, AutoCloseable {
    @Override
    void close();

    /** @param err where lines are printed; a bar is drawn on the terminal directly */
    static ShownProgress on(PrintWriter err) {
        return Boolean.getBoolean(TerminalBar.TERMINAL) ? new Bar() : new Lines(err);
    }

    /** Lines, for logs and files. */
    final class Lines implements ShownProgress {
        private final PrintWriter err;
        private int tenths;

        Lines(PrintWriter err) {
            this.err = err;
        }

        @Override
        public void done(int done, int total) {
            int now = (int) (10L * done / total);
            if (now > tenths) {
                tenths = now;
                err.println(String.format(Locale.ROOT, "step %d of %d", done, total));
            }
        }

        @Override
        public void close() {}
    }

    /** A bar on a terminal. It is drawn from the first step on, since the number of steps is known only then. */
    final class Bar implements ShownProgress {
        /** After Ctrl-C, this clears the line for the prompt. */
        private final Thread end = new Thread(this::clear);

        private ProgressBar bar;

        @Override
        public synchronized void done(int done, int total) {
            if (bar == null) {
                bar = TerminalBar.builder("steps", false).setInitialMax(total).build();
                Runtime.getRuntime().addShutdownHook(end);
            }
            bar.stepTo(done);
        }

        private synchronized void clear() {
            bar.close();
        }

        @Override
        public synchronized void close() {
            if (bar == null) {
                return;
            }
            try {
                Runtime.getRuntime().removeShutdownHook(end);
                bar.close();
            } catch (IllegalStateException e) {
                // Java is about to end, and the hook clears the bar.
            }
        }
    }
}
