package org.diffusion4j.examples;

import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.distill.DistillationTask;
import org.diffusion4j.training.distill.Halving;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainingRun;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.zoo.DdpmMnist;

/**
 * A network that learns to draw in four steps what its teacher draws in sixteen, without guidance: {@code examples/run
 * DistillToFourSteps DIGITS [OUT [STEPS]]}. DIGITS is a folder or an archive of pictures like those that {@code ddpm-mnist} learned
 * from, with a folder for each digit.
 */
public final class DistillToFourSteps {
    private static final int TEACHER_STEPS = 16;
    private static final int STUDENT_STEPS = 4;

    private DistillToFourSteps() {}

    /**
     * Trains and draws.
     *
     * @param arguments see the class
     */
    public static void main(String[] arguments) {
        if (arguments.length == 0) {
            System.err.println("usage: examples/run DistillToFourSteps DIGITS [OUT [STEPS]]");
            System.exit(2);
        }
        Path out = Path.of(arguments.length > 1 ? arguments[1] : "fast");
        long steps = arguments.length > 2 ? Long.parseLong(arguments[2]) : 1000;
        DiffusersModel teacher = new DdpmMnist().model();
        PictureFolder digits = PictureFolder.open(
                Path.of(arguments[0]), PictureOptions.builder(28, 28).grey(true).build());
        TrainingPlan plan = TrainingPlan.builder()
                .steps(steps)
                .batchSize(32)
                .learningRate(new LearningRate(3e-4, steps / 20, new LearningRate.Constant()))
                .labelDropout(0) // guidance is folded into the network
                .build();
        Halving halving = new Halving(TEACHER_STEPS, STUDENT_STEPS, steps);
        double guidance = teacher.settings().sampling().guidance();
        RunOptions options = RunOptions.builder().sampleEvery(0).resume(true).build();
        new TrainingRun(
                        new DistillationTask(teacher, digits, plan, halving, guidance),
                        out,
                        options,
                        new TrainingListener() {
                            @Override
                            public void step(Trainer.Step step, double imagesPerSecond) {
                                if (step.number() % 50 == 0 || step.number() == steps) {
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
        try (DiffusionPipeline slow = DiffusionPipeline.of(teacher, EngineKind.AUTO);
                DiffusionPipeline fast = DiffusionPipeline.load(out)) {
            SampleRequest.Builder request = SampleRequest.images(20).spreadNames(fast.classNames());
            ImageGrid.of(Stream.concat(
                                    slow.sample(request.steps(STUDENT_STEPS).build()).stream(),
                                    fast.sample(request.build()).stream())
                            .toList())
                    .writePng(drawn);
            System.out.printf(Locale.ROOT, "%s: in %d steps the teacher, then its student%n", drawn, STUDENT_STEPS);
        }
    }
}
