package org.diffusion4j.training;

import java.nio.file.Path;
import java.util.List;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetShape;
import org.diffusion4j.weights.DiffusersModel;
import org.junit.jupiter.api.Assumptions;

/** A network of a few thousand parameters, and runs of it. */
final class TinyRuns {
    static final DrawnPictures PICTURES = DrawnPictures.of(6, 8);

    private TinyRuns() {}

    /** Gives a test up where the processor has no bf16. */
    static void assumeBf16() {
        try {
            Precision.BF16.here();
        } catch (Diffusion4jException e) {
            Assumptions.abort(e.getMessage());
        }
    }

    static UNetConfig config(PictureSource pictures) {
        return new UNetShape(List.of(8, 16), List.of(4), 1, 8)
                .config(new SampleSize(pictures.height(), pictures.width()), pictures.channels());
    }

    static DiffusersModel model(PictureSource pictures) {
        return StartingModel.scratch(config(pictures), new DdpmConfig(), pictures, 3)
                .model();
    }

    /** With all that there is: accumulation, average, clipping, warm-up. */
    static TrainingPlan.Builder plan(long steps) {
        return TrainingPlan.builder()
                .steps(steps)
                .batchSize(4)
                .accumulation(2)
                .learningRate(new LearningRate(1e-3, 5, new LearningRate.Cosine(steps)))
                .seed(7);
    }

    static RunOptions options(EngineKind engine, long checkpointEvery, boolean resume) {
        return options()
                .engine(engine)
                .checkpointEvery(checkpointEvery)
                .resume(resume)
                .build();
    }

    /** Without grids. */
    static RunOptions.Builder options() {
        return RunOptions.builder().sampleEvery(0).sampleImages(4).threads(2);
    }

    static TrainingRun run(
            PictureSource pictures, TrainingPlan plan, Path folder, RunOptions options, TrainingListener... listeners) {
        return new TrainingRun(model(pictures), pictures, plan, folder, options, listeners);
    }
}
