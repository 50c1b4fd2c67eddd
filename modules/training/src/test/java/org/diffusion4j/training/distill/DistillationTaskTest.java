package org.diffusion4j.training.distill;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.ConsistencyWeights;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.diffusion.sampler.LcmConfig;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.diffusion.sampler.Walk;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.training.NoisyBatch;
import org.diffusion4j.training.NoisyBatches;
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
    private static final PictureSource PICTURES = TinyDistillation.PICTURES;

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
                INDArray found = new TeacherStep(config.noise(), true)
                        .apply(sample, output, prediction, new long[] {749, 749}, new long[] {499, 499});
                assertArrayEquals(
                        walk.sample().dup('c').data().asFloat(), found.data().asFloat(), 1e-5f, prediction.toString());
            }
        }
    }

    @Test
    void aStudentThatPredictsItsTargetComesToWhereItsTeacherCame() {
        TeacherStep step = new TeacherStep(new DdpmConfig().noise(), true);
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

    /** The sampler of the result visits no other timesteps than those that it learned at. */
    @Test
    void aPathHasTheTimestepsOfItsSampler() {
        for (int steps : new int[] {50, 7}) {
            Consistency method = new Consistency(steps, 4);
            double[] descending =
                    SchedulerKind.LCM.of(method.samplerOptions()).sampler(steps).timesteps();
            for (int i = 0; i < steps; i++) {
                long timestep = method.timestep(steps - i, 1000);
                assertEquals((long) descending[i], timestep);
                assertEquals(i + 1 < steps ? (long) descending[i + 1] : TeacherStep.CLEAN, method.next(timestep, 1000));
            }
        }
    }

    /** The reference is the sampler, which is compared with diffusers'. */
    @Test
    void aConsistentPictureIsTheSamplersAndItsTargetSaysIt() {
        SchedulerConfig config = SchedulerKind.LCM
                .of(new Consistency(50, 1).samplerOptions())
                .with(Map.of("prediction_type", Prediction.V_PREDICTION.configName()));
        TeacherStep step = new TeacherStep(config.noise(), true);
        INDArray sample = random(1, 1);
        INDArray output = random(2, 0.5);
        long[] at = {999, 999};
        INDArray picture = step.consistent(sample, output, Prediction.V_PREDICTION, at);
        try (Walk walk = config.sampler(1).begin(sample.dup(), 0)) {
            walk.advance(output.dup(), null);
            assertArrayEquals(
                    walk.sample().dup('c').data().asFloat(), picture.data().asFloat(), 1e-5f);
        }
        INDArray target = step.target(sample, picture, Prediction.V_PREDICTION, at);
        INDArray again = step.consistent(sample, target, Prediction.V_PREDICTION, at);
        assertArrayEquals(picture.data().asFloat(), again.data().asFloat(), 1e-5f);
    }

    @Test
    void aStudentIsComparedWithItselfWhereItsTeachersStepEnds() {
        DistillationTask task = TinyDistillation.task(new Consistency(50, 4), 1, 2);
        DiffusersModel model = task.student();
        ConsistencyStudent student = new ConsistencyStudent(
                LocalGradients.network(model, PICTURES, task.plan()),
                new Student.Lesson(PICTURES, NoisyBatches.recipe(model, task.plan()), task.plan(), true),
                (Consistency) task.method(),
                () -> task.openTeacher(options(false).computer()));
        INDArray noisy = random(1, 1);
        INDArray reached = random(2, 0.3);
        INDArray said = random(3, 0.3);
        long[] timesteps = {999, 19};
        long[] ends = {979, TeacherStep.CLEAN};
        INDArray target = student.target(
                new NoisyBatch(noisy, timesteps, Map.of(), reached, List.of()), (sample, asked, conditioning) -> {
                    assertEquals(reached, sample);
                    assertArrayEquals(new long[] {979, 0}, asked);
                    return said.dup();
                });
        INDArray picture = student.step().consistent(reached, said, Prediction.V_PREDICTION, ends);
        INDArray found = student.step().consistent(noisy, target, Prediction.V_PREDICTION, timesteps);
        assertArrayEquals(picture.data().asFloat(), found.data().asFloat(), 1e-4f);
        // Without noise there is nothing to say: the picture is the sample.
        assertEquals(reached.getDouble(9), picture.getDouble(9), 1e-6);
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
        comesToTheSameBits(new Halving(8, 2, 4), SchedulerKind.DDIM);
    }

    @Test
    void aRunOfConsistencyThatIsStoppedComesToTheSameBits() throws IOException {
        comesToTheSameBits(new Consistency(50, 2), SchedulerKind.LCM);
    }

    private void comesToTheSameBits(DistillationMethod method, SchedulerKind sampler) throws IOException {
        Path whole = temp.resolve("whole");
        new TrainingRun(TinyDistillation.task(method, 4, 2), whole, options(false)).run();
        Path stopped = temp.resolve("stopped");
        TrainingRun[] run = new TrainingRun[1];
        run[0] = new TrainingRun(TinyDistillation.task(method, 4, 2), stopped, options(false), new TrainingListener() {
            @Override
            public void step(Trainer.Step step, double imagesPerSecond) {
                if (step.number() == 3) {
                    run[0].stop();
                }
            }
        });
        assertEquals(TrainingRun.Outcome.STOPPED, run[0].run());
        assertEquals(
                TrainingRun.Outcome.DONE,
                new TrainingRun(TinyDistillation.task(method, 4, 2), stopped, options(true)).run());
        assertEquals(Sha256.of(whole.resolve(WEIGHTS)), Sha256.of(stopped.resolve(WEIGHTS)));
        try (DiffusersModel model = DiffusersFolder.read(whole)) {
            assertEquals(Prediction.V_PREDICTION, model.scheduler().predictionType());
            assertEquals(sampler, model.settings().sampling().sampler());
            assertEquals(method.samplerOptions(), model.settings().sampling().options());
            assertEquals(2, model.settings().sampling().steps());
            assertEquals(1, model.settings().sampling().guidance());
        }
    }

    /** In one step, from the noise of the picture that the teacher draws in eight. */
    @Test
    @Tag("slow")
    void aConsistentStudentDrawsInOneStepNearlyWhatItsTeacherDraws() {
        DistillationTask of = TinyDistillation.task(new Consistency(8, 1), 200, 2);
        TrainingPlan plan = TrainingPlan.builder()
                .steps(300)
                .batchSize(8)
                .learningRate(new LearningRate(3e-3, 0, new LearningRate.Cosine(300)))
                .labelDropout(0)
                .ema(null)
                .build();
        DiffusersModel teaching = of.teacher()
                .withScheduler(new DdpmConfig().with(Map.of("prediction_type", Prediction.V_PREDICTION.configName())));
        DistillationTask task = new DistillationTask(teaching, PICTURES, plan, of.method(), of.guidance());
        SampleRequest.Builder request =
                SampleRequest.images(4).labels(List.of(0, 1, 0, 1)).seed(1);
        new TrainingRun(task, temp.resolve("run"), options(false)).run();
        double[] before;
        double[] after;
        double[] wanted;
        try (DiffusionPipeline teacher = DiffusionPipeline.of(task.teacher(), EngineKind.ONEDNN);
                DiffusionPipeline untaught = DiffusionPipeline.of(task.student(), EngineKind.ONEDNN);
                DiffusionPipeline taught = DiffusionPipeline.load(temp.resolve("run"))) {
            before = pixels(untaught.sample(request.build()));
            after = pixels(taught.sample(request.build()));
            wanted = pixels(teacher.sample(request.sampler(SchedulerKind.DDIM)
                    .samplerOptions(new Halving(8, 1, 3).samplerOptions())
                    .steps(8)
                    .guidanceScale(2.0)
                    .build()));
        }
        double distance = distance(after, wanted);
        assertTrue(distance < 0.65 * distance(before, wanted), distance + ", before " + distance(before, wanted));
    }

    private static double[] pixels(List<GeneratedImage> images) {
        return images.stream()
                .flatMapToDouble(image -> Arrays.stream(
                        image.picture().getRaster().getPixels(0, 0, PICTURES.width(), PICTURES.height(), (double[])
                                null)))
                .toArray();
    }

    private static double distance(double[] one, double[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += (one[i] - other[i]) * (one[i] - other[i]);
        }
        return Math.sqrt(sum / one.length);
    }

    @Test
    @Tag("slow")
    void aStudentComesCloserToItsTeacher() {
        List<Double> losses = new ArrayList<>();
        new TrainingRun(
                        TinyDistillation.task(new Halving(8, 2, 200), 200, 2),
                        temp.resolve("run"),
                        options(false),
                        new TrainingListener() {
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

    private static void refuses(String message, DistillationMethod method, TrainingPlan plan) {
        DistillationTask task = TinyDistillation.task(method, 10, 2);
        assertEquals(
                message,
                assertThrows(Diffusion4jException.class, () -> new DistillationTask(
                                        task.teacher(), PICTURES, plan, method, 2)
                                .check(options(false)))
                        .getMessage());
    }

    @Test
    void stepsThatLeaveTheNoiseOutAreRefused() {
        TrainingPlan plan = TinyDistillation.task(new Consistency(50, 4), 10, 2).plan();
        refuses(
                "teacher-steps: expected at most 1000, the timesteps of the noise schedule, found 1001",
                new Consistency(1001, 4),
                plan);
        for (int steps : new int[] {400, 501, 1000}) { // to timestep 799, 500, and with a step that begins at 0
            refuses(
                    "teacher-steps: expected steps of two timesteps or more that reach nearly all 1000, such as 50, found "
                            + steps,
                    new Consistency(steps, 4),
                    plan);
        }
        assertEquals(
                "student-steps: expected from 1 to 3, fewer than the teacher's, found 4",
                assertThrows(IllegalArgumentException.class, () -> new Consistency(4, 4))
                        .getMessage());
    }

    @Test
    void noiseThatTheTeacherHasNotSeenIsRefused() {
        TrainingPlan.Builder plan = TrainingPlan.builder().labelDropout(0);
        refuses(
                "zero-snr: expected the noise schedule that the teacher learned, found another one",
                new Halving(8, 4, 10),
                plan.zeroSnr(true).build());
        refuses(
                "noise-offset: expected 0, as the teacher hasn't seen others, found 0.1",
                new Consistency(50, 4),
                plan.zeroSnr(false).noiseOffset(0.1).build());
    }

    @Test
    void whatAConsistentPictureIsMadeOfIsTheSamplers() {
        assertEquals(ConsistencyWeights.at(1, new LcmConfig().timestepScaling()), Consistency.weights(1));
        assertEquals(0.25 / 100.25, Consistency.weights(1).sample(), 1e-15);
        assertEquals(10 / Math.sqrt(100.25), Consistency.weights(1).predicted(), 1e-15);
        assertEquals(new ConsistencyWeights(1, 0), Consistency.weights(TeacherStep.CLEAN));
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
