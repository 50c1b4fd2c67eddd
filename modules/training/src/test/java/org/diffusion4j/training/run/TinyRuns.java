package org.diffusion4j.training.run;

import java.nio.file.Path;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.training.TinyTraining;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingPlan;

/** Runs of {@link TinyTraining}'s network. */
final class TinyRuns {
    private TinyRuns() {}

    static RunOptions options(EngineKind engine, long checkpointEvery, boolean resume) {
        return options()
                .engine(engine)
                .checkpointEvery(checkpointEvery)
                .resume(resume)
                .build();
    }

    /** Without grids. */
    static RunOptionsBuilder options() {
        return RunOptions.builder().sampleEvery(0).sampleImages(4).threads(2);
    }

    static TrainingRun run(
            PictureSource pictures, TrainingPlan plan, Path folder, RunOptions options, TrainingListener... listeners) {
        return new TrainingRun(TinyTraining.model(pictures), pictures, plan, folder, options, listeners);
    }
}
