package org.diffusion4j.training.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.training.record.SampleFile;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.file.FileReplacement;

/** Draws pictures while a model is trained, from the same noise each time. */
final class SampleDrawer {
    private static final long SEED = 0;

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
    ImageGrid draw(DiffusersModel model, long step, BooleanSupplier stopped) {
        try (DiffusionPipeline pipeline =
                DiffusionPipeline.of(model, graph -> options.engine().open(graph, options.threads()))) {
            SampleRequest.Builder request =
                    SampleRequest.images(options.sampleImages()).seed(SEED);
            List<Integer> classes = classes(model);
            ImageGrid grid = ImageGrid.of(
                    pipeline.sample((classes.isEmpty() ? request : request.spread(classes)).build(), (done, total) -> {
                        if (stopped.getAsBoolean()) {
                            throw new CancellationException();
                        }
                    }));
            FileReplacement.makeFolder(folder);
            grid.writePng(file(step));
            return grid;
        } catch (IOException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected to make this folder, found %s", folder, e), e);
        }
    }

    /** As many as there are pictures for, from the first on. */
    private List<Integer> classes(DiffusersModel model) {
        Integer embeddings = model.config().numClassEmbeds();
        if (embeddings == null) {
            return List.of();
        }
        int named = model.settings().classNames().size();
        Integer none = model.settings().nullClass();
        return IntStream.range(0, named > 0 ? named : embeddings)
                .filter(label -> none == null || label != none)
                .limit(options.sampleImages())
                .boxed()
                .toList();
    }
}
