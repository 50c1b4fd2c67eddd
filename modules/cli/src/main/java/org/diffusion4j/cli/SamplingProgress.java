package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import org.diffusion4j.zoo.DiffusionPipeline;

/** How far the drawing is: a bar on a terminal, a line every tenth of the way elsewhere. */
interface SamplingProgress extends DiffusionPipeline.Progress, AutoCloseable {
    /** What the launcher sets where standard error is a terminal, which Java itself can't tell. */
    String TERMINAL = "diffusion4j.terminal";

    @Override
    void close();

    /** @param err where it is printed; a bar goes to the terminal itself */
    static SamplingProgress on(PrintWriter err) {
        return Boolean.getBoolean(TERMINAL) ? new Bar() : new Lines(err);
    }

    /** For logs and files. */
    final class Lines implements SamplingProgress {
        private final PrintWriter err;
        private int tenths;

        Lines(PrintWriter err) {
            this.err = err;
        }

        @Override
        public void step(int done, int total) {
            int now = (int) (10L * done / total);
            if (now > tenths) {
                tenths = now;
                err.println(String.format(Locale.ROOT, "step %d of %d", done, total));
            }
        }

        @Override
        public void close() {}
    }

    /** For a person. */
    final class Bar implements SamplingProgress {
        private final ProgressBar bar = TerminalBar.builder("steps", false).build();

        @Override
        public void step(int done, int total) {
            bar.maxHint(total);
            bar.stepTo(done);
        }

        @Override
        public void close() {
            bar.close();
        }
    }
}
