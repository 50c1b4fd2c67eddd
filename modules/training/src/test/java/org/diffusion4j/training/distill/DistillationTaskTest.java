package org.diffusion4j.training.distill;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.diffusion.sampler.Walk;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.StartingModel;
import org.diffusion4j.training.TinyTraining;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainingRun;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.file.Sha256;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DistillationTaskTest {
    private static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";
    private static final PictureSource PICTURES = TinyTraining.PICTURES.withClasses(2);

    @TempDir
    private Path temp;

    private static INDArray random(long seed, double scale) {
        Random random = new Random(seed);
        float[] values = new float[2 * 9];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        return Nd4j.create(values, new long[] {2, 1, 3, 3}, 'c');
    }

    /** The reference is the sampler, which is compared with diffusers'. */
    @Test
    void aTeachersStepIsOneOfDdim() {
        for (Prediction prediction : Prediction.values()) {
            SchedulerConfig config = SchedulerKind.DDIM.of(Map.of(
                    "prediction_type",
                    prediction.configName(),
                    "timestep_spacing",
                    "trailing",
                    "clip_sample",
                    true,
                    "use_clipped_model_output",
                    true));
            INDArray sample = random(1, 1);
            INDArray output = random(2, 0.7);
            try (Walk walk = config.sampler(4).begin(sample.dup(), 1)) {
                walk.advance(output.dup(), null);
                INDArray found = new TeacherStep(config.noise())
                        .apply(sample, output, prediction, new long[] {749, 749}, new long[] {499, 499});
                assertArrayEquals(
                        walk.sample().dup('c').data().asFloat(), found.data().asFloat(), 1e-5f, prediction.toString());
            }
        }
    }

    @Test
    void aStudentThatPredictsItsTargetComesToWhereItsTeacherCame() {
        TeacherStep step = new TeacherStep(new DdpmConfig().noise());
        INDArray sample = random(1, 1);
        long[] from = {999, 249};
        long[] to = {749, TeacherStep.CLEAN};
        INDArray reached = step.apply(sample, random(2, 0.5), Prediction.SAMPLE, from, to);
        INDArray target = step.target(sample, reached, from, to);
        INDArray found = step.apply(sample, target, Prediction.V_PREDICTION, from, to);
        assertArrayEquals(reached.data().asFloat(), found.data().asFloat(), 2e-4f);
    }

    @Test
    void stagesHalveTheStepsAndShareTheTime() {
        Halving halving = new Halving(16, 2, 10);
        assertEquals(3, halving.stages());
        List<Integer> students = new ArrayList<>();
        for (long step = 0; step < 10; step++) {
            students.add(halving.student(halving.stage(step)));
        }
        assertEquals(List.of(8, 8, 8, 8, 4, 4, 4, 2, 2, 2), students);
        for (int stage = 0; stage < 3; stage++) {
            assertEquals(stage, halving.stage(halving.first(stage)));
            assertTrue(stage == 0 || halving.stage(halving.first(stage) - 1) == stage - 1);
        }
        assertEquals(
                "student-steps: expected the teacher's 16, halved once or more, found 3",
                assertThrows(IllegalArgumentException.class, () -> new Halving(16, 3, 10))
                        .getMessage());
    }

    private static DistillationTask task(long steps, double guidance) {
        DiffusersModel teacher = StartingModel.scratch(TinyTraining.config(PICTURES), new DdpmConfig(), PICTURES, 3)
                .model();
        TrainingPlan plan = TrainingPlan.builder()
                .steps(steps)
                .batchSize(4)
                .learningRate(new LearningRate(3e-3, 0, new LearningRate.Constant()))
                .labelDropout(0)
                .seed(5)
                .build();
        return new DistillationTask(teacher, PICTURES, plan, new Halving(8, 2, steps), guidance);
    }

    private static RunOptions options(boolean resume) {
        return RunOptions.builder()
                .sampleEvery(0)
                .checkpointEvery(1)
                .threads(2)
                .engine(EngineKind.ONEDNN)
                .resume(resume)
                .build();
    }

    @Test
    @Tag("slow")
    void aRunThatIsStoppedInItsLastStageComesToTheSameBits() throws IOException {
        Path whole = temp.resolve("whole");
        new TrainingRun(task(4, 2), whole, options(false)).run();
        Path stopped = temp.resolve("stopped");
        TrainingRun[] run = new TrainingRun[1];
        run[0] = new TrainingRun(task(4, 2), stopped, options(false), new TrainingListener() {
            @Override
            public void step(Trainer.Step step, double imagesPerSecond) {
                if (step.number() == 3) {
                    run[0].stop();
                }
            }
        });
        assertEquals(TrainingRun.Outcome.STOPPED, run[0].run());
        assertEquals(TrainingRun.Outcome.DONE, new TrainingRun(task(4, 2), stopped, options(true)).run());
        assertEquals(Sha256.of(whole.resolve(WEIGHTS)), Sha256.of(stopped.resolve(WEIGHTS)));
        try (DiffusersModel model = DiffusersFolder.read(whole)) {
            assertEquals(Prediction.V_PREDICTION, model.scheduler().predictionType());
            assertEquals(2, model.settings().sampling().steps());
            assertEquals(1, model.settings().sampling().guidance());
        }
    }

    @Test
    @Tag("slow")
    void aStudentComesCloserToItsTeacher() {
        List<Double> losses = new ArrayList<>();
        new TrainingRun(task(200, 2), temp.resolve("run"), options(false), new TrainingListener() {
                    @Override
                    public void step(Trainer.Step step, double imagesPerSecond) {
                        losses.add(step.loss());
                    }
                })
                .run();
        double first = losses.subList(0, 10).stream().mapToDouble(d -> d).sum();
        double last = losses.subList(90, 100).stream().mapToDouble(d -> d).sum();
        assertTrue(last < 0.8 * first, losses.toString());
    }

    @Test
    void guidanceNeedsALabelForNone() {
        DiffusersModel teacher = TinyTraining.model(TinyTraining.PICTURES);
        TrainingPlan plan = TrainingPlan.builder().labelDropout(0).build();
        Halving halving = new Halving(8, 4, 10);
        assertEquals(
                "guidance: expected 1, as the teacher has no label that stands for no class, found 2.0",
                assertThrows(
                                Diffusion4jException.class,
                                () -> new DistillationTask(teacher, TinyTraining.PICTURES, plan, halving, 2))
                        .getMessage());
    }
}
