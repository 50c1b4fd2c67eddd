package org.diffusion4j.training.prompt;

import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainedModel;
import org.diffusion4j.weights.diffusers.PipelineParts;

/**
 * An adapter in a checkpoint.
 *
 * @param parts the pipeline beside which it learned
 * @param file the adapter
 * @param grid what is drawn with it
 */
record SavedAdapter(PipelineParts parts, Path file, PromptGrid grid) implements TrainedModel {
    @Override
    public void write(Path folder) {
        throw new UnsupportedOperationException("it is written");
    }

    @Override
    public ImageGrid draw(RunOptions options, BooleanSupplier stopped) {
        return AdapterModel.draw(parts, file, grid, options, stopped);
    }

    @Override
    public void close() {
        // nothing is open
    }
}
