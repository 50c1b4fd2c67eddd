package org.diffusion4j.training.prompt;

import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.prompt.PipelineExport;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainedModel;
import org.diffusion4j.weights.diffusers.PipelineParts;

/**
 * A pipeline whose networks learned.
 *
 * @param parts with the weights that they came to
 * @param grid what is drawn with it
 * @param freed frees the weights
 */
record PipelineModel(PipelineParts parts, PromptGrid grid, Runnable freed) implements TrainedModel {
    @Override
    public void write(Path folder) {
        PipelineExport.write(folder, parts);
    }

    @Override
    public ImageGrid draw(RunOptions options, BooleanSupplier stopped) {
        return grid.draw(
                PromptPipeline.open(parts, options.engine(), options.threads(), Precision.FP32),
                options.sampleImages(),
                stopped);
    }

    @Override
    public void close() {
        freed.run();
    }
}
