package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.util.function.Function;
import org.diffusion4j.Progress;
import org.diffusion4j.training.evaluate.Evaluator;

/** Shows one stage after another, each with its own progress. */
final class ShownStages implements Function<Evaluator.Stage, Progress>, AutoCloseable {
    private final PrintWriter err;
    private ShownProgress progress;

    ShownStages(PrintWriter err) {
        this.err = err;
    }

    @Override
    public Progress apply(Evaluator.Stage stage) {
        return show(
                switch (stage) {
                    case NETWORK -> "the classifier learns";
                    case DRAWING -> "the model draws";
                });
    }

    Progress show(String stage) {
        close();
        err.println(stage);
        progress = ShownProgress.on(err);
        return progress;
    }

    @Override
    public void close() {
        if (progress != null) {
            progress.close();
            progress = null;
        }
    }
}
