package org.diffusion4j.training.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.training.record.SampleFile;
import org.diffusion4j.weights.file.FileReplacement;

/** Draws pictures while a model is trained, from the same noise each time. */
final class SampleDrawer {
    private final RunOptions options;
    private final Path folder;

    SampleDrawer(RunOptions options, Path folder) {
        this.options = options;
        this.folder = folder;
    }

    private Path file(long step) {
        return SampleFile.of(folder, step).file();
    }

    /**
     * Whether there should be a grid.
     *
     * @param step after which
     * @param steps of the whole run
     */
    boolean isDue(long step, long steps) {
        return options.sampleEvery() > 0 && (step % options.sampleEvery() == 0 || step == steps);
    }

    /** Whether there is none: each is written whole or not at all. */
    boolean isMissing(long step) {
        return !Files.exists(file(step));
    }

    /**
     * Draws a grid and writes it.
     *
     * @param stopped asked at each step of the sampler
     * @throws CancellationException if it is true
     */
    ImageGrid draw(TrainedModel model, long step, BooleanSupplier stopped) {
        try {
            ImageGrid grid = model.draw(options, stopped);
            FileReplacement.makeFolder(folder);
            grid.writePng(file(step));
            return grid;
        } catch (IOException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected to make this folder, found %s", folder, e), e);
        }
    }
}
