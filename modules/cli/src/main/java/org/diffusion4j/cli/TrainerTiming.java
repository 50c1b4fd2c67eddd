package org.diffusion4j.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;
import org.apache.commons.io.file.PathUtils;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.training.StartingModel;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainingRun;

/** Measures how long a step of a real run takes, including reading pictures, drawing noise, metrics and TensorBoard's log. */
final class TrainerTiming {
    private static final int PICTURES = 256;
    private static final int LEAST_STEPS = 15;
    private static final double LEAST_SECONDS = 5;

    private final UNetConfig config;
    private final int batch;
    private final EngineKind engine;
    private final int threads;
    private final Precision precision;
    private final boolean checkpointing;

    TrainerTiming(
            UNetConfig config, int batch, EngineKind engine, int threads, Precision precision, boolean checkpointing) {
        this.config = config;
        this.batch = batch;
        this.engine = engine;
        this.threads = threads;
        this.precision = precision;
        this.checkpointing = checkpointing;
    }

    /** Measures the time from the end of one step to the end of the next. */
    private static final class Stopwatch implements TrainingListener {
        private final double warmUp;
        private final LongStream.Builder times = LongStream.builder();
        private TrainingRun run;
        private long began;
        private long last;
        private long timed;
        private int count;

        Stopwatch(double warmUp) {
            this.warmUp = warmUp;
        }

        @Override
        public void started(long stepsDone, long steps) {
            began = System.nanoTime();
        }

        @Override
        public void step(Trainer.Step step, double imagesPerSecond) {
            long now = System.nanoTime();
            if (timed != 0) {
                times.add(now - last);
                count++;
                if (count >= LEAST_STEPS && now - timed > LEAST_SECONDS * 1e9) {
                    run.stop();
                }
            } else if (now - began > warmUp * 1e9) {
                timed = now;
            }
            last = now;
        }
    }

    /** @param warmUp the seconds before steps are timed */
    double medianMillis(double warmUp) {
        try {
            Path folder = Files.createTempDirectory("diffusion4j-bench");
            try {
                return medianMillis(folder, warmUp);
            } finally {
                PathUtils.deleteDirectory(folder);
            }
        } catch (IOException e) {
            throw new Diffusion4jException("expected a temporary folder to write pictures to, found " + e, e);
        }
    }

    private double medianMillis(Path folder, double warmUp) throws IOException {
        SampleSize size = config.sampleSize();
        boolean grey = config.inChannels() == 1;
        draw(folder.resolve("pictures"), size);
        PictureFolder pictures = PictureFolder.open(
                folder.resolve("pictures"),
                PictureOptions.builder(size.height(), size.width())
                        .grey(grey)
                        .flip(true)
                        .build());
        StartingModel start = StartingModel.scratch(config, new DdpmConfig(), pictures, 0);
        Stopwatch stopwatch = new Stopwatch(warmUp);
        TrainingPlan plan = TrainingPlan.builder()
                .steps(TrainingPlan.MOST_STEPS)
                .batchSize(batch)
                .build();
        RunOptions options = RunOptions.builder()
                .checkpointEvery(TrainingPlan.MOST_STEPS)
                .sampleEvery(0)
                .engine(engine)
                .threads(threads)
                .precision(precision)
                .checkpointing(checkpointing)
                .build();
        stopwatch.run = new TrainingRun(start.model(), pictures, plan, folder.resolve("run"), options, stopwatch);
        stopwatch.run.run();
        return RepeatedRun.median(stopwatch.times.build().toArray()) / 1e6;
    }

    /** Draws random pictures, in two classes if the network has classes. */
    private void draw(Path folder, SampleSize size) throws IOException {
        Random random = new Random(0);
        List<Path> folders = new ArrayList<>();
        for (String name : config.numClassEmbeds() == null ? List.of("") : List.of("one", "two")) {
            folders.add(Files.createDirectories(folder.resolve(name)));
        }
        for (int i = 0; i < PICTURES; i++) {
            BufferedImage picture = new BufferedImage(size.width(), size.height(), BufferedImage.TYPE_INT_RGB);
            for (int pixel = 0; pixel < size.width() * size.height(); pixel++) {
                picture.setRGB(pixel % size.width(), pixel / size.width(), random.nextInt(1 << 24));
            }
            ImageIO.write(
                    picture,
                    "png",
                    folders.get(i % folders.size()).resolve(i + ".png").toFile());
        }
    }
}
