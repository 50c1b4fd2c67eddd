package org.diffusion4j.training;

import java.util.List;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetShape;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.junit.jupiter.api.Assumptions;

/** A network of a few thousand parameters, and how it learns. */
public final class TinyTraining {
    public static final DrawnPictures PICTURES = DrawnPictures.of(6, 8);

    private TinyTraining() {}

    /** Gives a test up where the processor has no bf16. */
    public static void assumeBf16() {
        try {
            Precision.BF16.here();
        } catch (Diffusion4jException e) {
            Assumptions.abort(e.getMessage());
        }
    }

    public static UNetConfig config(PictureSource pictures) {
        return new UNetShape(List.of(8, 16), List.of(4), 1, 8)
                .config(new SampleSize(pictures.height(), pictures.width()), pictures.channels());
    }

    public static DiffusersModel model(PictureSource pictures) {
        return StartingModel.scratch(config(pictures), new DdpmConfig(), pictures, 3)
                .model();
    }

    /** With all that there is: accumulation, average, clipping, warm-up. */
    public static TrainingPlan.Builder plan(long steps) {
        return TrainingPlan.builder()
                .steps(steps)
                .batchSize(4)
                .accumulation(2)
                .learningRate(new LearningRate(1e-3, 5, new LearningRate.Cosine(steps)))
                .seed(7);
    }
}
