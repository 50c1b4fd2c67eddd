package org.diffusion4j.training.tensorboard;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.weights.file.FileReplacement;

/**
 * What {@code tensorboard --logdir} shows of a run: loss, gradient norm, learning rate and speed of each step, and the
 * pictures that were drawn. A run that goes on adds a file; TensorBoard then leaves out what the ones before it have of the
 * steps that are done anew.
 */
public final class TensorBoardLog implements TrainingListener, AutoCloseable {
    /** How long, at most, whoever watches waits for a step. */
    private static final long FLUSH_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Path folder;
    private final TfRecordFile file;
    private long flushed = System.nanoTime();

    /**
     * Begins a file.
     *
     * @param folder gets a new file; made if it isn't there
     * @throws Diffusion4jException if it can't be written
     */
    public TensorBoardLog(Path folder) {
        this.folder = folder;
        try {
            FileReplacement.makeFolder(folder);
            file = create(folder);
            file.write(TensorBoardEvent.fileVersion(now()));
            file.flush();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** TensorBoard reads a folder's files in the order of their names: a run that goes on at once gets the next second's. */
    private static TfRecordFile create(Path folder) throws IOException {
        for (long second = System.currentTimeMillis() / 1000; ; second++) {
            try {
                return new TfRecordFile(
                        folder.resolve(String.format(Locale.ROOT, "events.out.tfevents.%010d.diffusion4j", second)));
            } catch (FileAlreadyExistsException e) {
                // the next one
            }
        }
    }

    private static double now() {
        return System.currentTimeMillis() / 1000.0;
    }

    @Override
    public void started(long stepsDone, long steps) {
        write(TensorBoardEvent.sessionStart(now(), stepsDone + 1), true);
    }

    @Override
    public void step(Trainer.Step step, double imagesPerSecond) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("loss", step.loss());
        values.put("gradient_norm", step.gradientNorm());
        values.put("learning_rate", step.learningRate());
        values.put("images_per_second", imagesPerSecond);
        write(TensorBoardEvent.scalars(now(), step.number(), values), System.nanoTime() - flushed >= FLUSH_NANOS);
    }

    @Override
    public void sampled(long step, ImageGrid grid) {
        write(TensorBoardEvent.image(now(), step, "samples", grid.picture()), true);
    }

    @Override
    public void checkpoint(long step, Path checkpoint) {
        flush();
    }

    private void write(byte[] event, boolean flush) {
        try {
            file.write(event);
        } catch (IOException e) {
            throw failure(e);
        }
        if (flush) {
            flush();
        }
    }

    private void flush() {
        try {
            file.flush();
            flushed = System.nanoTime();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private Diffusion4jException failure(IOException e) {
        return new Diffusion4jException(
                String.format(Locale.ROOT, "%s: expected to write there, found %s", folder, e), e);
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw failure(e);
        }
    }
}
