package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import org.diffusion4j.Progress;

/** How far it is, for whoever waits: a bar on a terminal, a line every tenth of the way elsewhere. */
interface ShownProgress extends Progress, AutoCloseable {
    @Override
    void close();

    /** @param err where it is printed; a bar goes to the terminal itself */
    static ShownProgress on(PrintWriter err) {
        return Boolean.getBoolean(TerminalBar.TERMINAL) ? new Bar() : new Lines(err);
    }

    /** For logs and files. */
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

    /** For a person; drawn from the first step on, since only then it is known of how many. */
    final class Bar implements ShownProgress {
        /** Ctrl-C leaves a clean line for the prompt. */
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
                // Java is about to end: the hook clears it.
            }
        }
    }
}
