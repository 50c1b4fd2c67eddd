package org.diffusion4j.examples;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetShape;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.StartingModel;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainingRun;

/** A network of your own, from random weights to pictures: {@code examples/run TrainFromScratch [FOLDER [OUT [STEPS]]]}. */
public final class TrainFromScratch {
    private TrainFromScratch() {}

    /**
     * Trains and draws; a folder of pictures in it is a class.
     *
     * @param arguments the pictures, some rings and crosses if they aren't given; where everything goes, from-scratch if it isn't
     *     given, with a number behind it where that is there already; how many steps, 1500 if it isn't
     * @throws URISyntaxException never: the rings and crosses are a resource
     */
    public static void main(String[] arguments) throws URISyntaxException {
        Path folder = arguments.length > 0
                ? Path.of(arguments[0])
                : Path.of(TrainFromScratch.class.getResource("pictures").toURI());
        Path out = free(arguments.length > 1 ? arguments[1] : "from-scratch");
        long steps = arguments.length > 2 ? Long.parseLong(arguments[2]) : 1500;
        System.out.printf(Locale.ROOT, "training in %s; 1500 steps take two to three minutes on two free cores%n", out);

        PictureFolder pictures =
                PictureFolder.open(folder, PictureOptions.builder(16, 16).build());
        UNetConfig network =
                new UNetShape(List.of(32, 64), List.of(8), 1, 16).config(SampleSize.square(16), pictures.channels());
        StartingModel start = StartingModel.scratch(network, new DdpmConfig(), pictures, 0);
        // High, as the network is small and has only some minutes.
        TrainingPlan plan = TrainingPlan.builder()
                .steps(steps)
                .batchSize(16)
                .learningRate(LearningRate.of("cosine", 2e-3, LearningRate.usualWarmup(steps), steps))
                .build();
        RunOptions options = RunOptions.builder()
                .checkpointEvery(steps)
                .keep(1)
                .sampleEvery(steps / 3) // for report.html
                .sampleImages(8)
                .build();
        new TrainingRun(start.model(), pictures, plan, out, options, new TrainingListener() {
                    @Override
                    public void step(Trainer.Step step, double imagesPerSecond) {
                        if (step.number() % 20 == 0 || step.number() == steps) {
                            System.out.printf(
                                    Locale.ROOT,
                                    "step %d of %d: loss %.4f, %.0f images/s%n",
                                    step.number(),
                                    steps,
                                    step.loss(),
                                    imagesPerSecond);
                        }
                    }
                })
                .run();
        Path drawn = out.resolve("drawn.png");
        try (DiffusionPipeline pipeline = DiffusionPipeline.load(out)) {
            SampleRequest request =
                    SampleRequest.images(16).spreadNames(pipeline.classNames()).build();
            ImageGrid.builder(pipeline.sample(request)).scale(8).build().writePng(drawn);
            System.out.printf(
                    Locale.ROOT,
                    "%d pictures learnt; the model is in %s, what it draws in %s, a row each: %s%n",
                    pictures.size(),
                    out,
                    drawn,
                    String.join(", ", pipeline.classNames()));
        }
    }

    /** Another folder for each run, so that none replaces what an earlier one has learnt. */
    private static Path free(String name) {
        return IntStream.iterate(1, number -> number + 1)
                .mapToObj(number -> Path.of(number == 1 ? name : name + "-" + number))
                .filter(folder -> !Files.exists(folder))
                .findFirst()
                .orElseThrow();
    }
}
