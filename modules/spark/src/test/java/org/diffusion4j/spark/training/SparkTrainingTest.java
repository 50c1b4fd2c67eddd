package org.diffusion4j.spark.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.BatchStream;
import org.diffusion4j.data.PictureBatch;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.spark.TestSpark;
import org.diffusion4j.spark.data.PictureOpener;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainingRun;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks in this JVM. */
class SparkTrainingTest {
    private static JavaSparkContext spark;

    @TempDir
    private static Path temp;

    private static TinyRuns.Folder pictures;
    private static DiffusersModel model;

    @BeforeAll
    static void start() throws IOException {
        spark = JavaSparkContext.fromSparkContext(TestSpark.local().sparkContext());
        pictures = TinyRuns.pictures(temp.resolve("pictures"));
        model = TinyRuns.model(pictures.open());
    }

    @AfterAll
    static void stop() {
        spark.close();
    }

    private static byte[] onOneMachine(TrainingPlan plan, String name) throws IOException {
        Path folder = temp.resolve(name);
        new TrainingRun(
                        model,
                        pictures.open(),
                        plan,
                        folder,
                        TinyRuns.options().resume(true).build())
                .run();
        return Files.readAllBytes(folder.resolve(TinyRuns.WEIGHTS));
    }

    private static SparkTraining.Builder builder(TrainingPlan plan, int workers) {
        return SparkTraining.builder(spark)
                .model(model)
                .pictures(pictures)
                .plan(plan)
                .options(TinyRuns.options().build())
                .workers(workers);
    }

    private static byte[] onSpark(SparkTraining.Builder training, String name) throws IOException {
        Path folder = temp.resolve(name);
        assertEquals(TrainingRun.Outcome.DONE, training.build(folder).run());
        return Files.readAllBytes(folder.resolve(TinyRuns.WEIGHTS));
    }

    @Tag("both")
    @Test
    void anyNumberOfWorkersComesToTheBitsOfOneMachine() throws IOException {
        compareWithOneMachine(5);
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void andWithOtherNumbersOfBatchesToo(int batches) throws IOException {
        compareWithOneMachine(batches);
    }

    private static void compareWithOneMachine(int batches) throws IOException {
        TrainingPlan plan = TinyRuns.plan(3, batches).build();
        byte[] expected = onOneMachine(plan, "one-" + batches);
        for (int workers : new int[] {1, 2, 4}) {
            assertArrayEquals(
                    expected, onSpark(builder(plan, workers), batches + "-by-" + workers), workers + " workers");
        }
    }

    /** Stops after a step. */
    private static final class Stopping implements TrainingListener {
        private final long after;
        private SparkTraining training;

        Stopping(long after) {
            this.after = after;
        }

        @Override
        public void step(Trainer.Step step, double imagesPerSecond) {
            if (step.number() == after) {
                training.stop();
            }
        }
    }

    @Test
    void aRunGoesOnWithAnotherNumberOfWorkersAndOnOneMachineToTheSameBits() throws IOException {
        TrainingPlan plan = TinyRuns.plan(7, 4).build();
        byte[] expected = onOneMachine(plan, "whole");
        RunOptions resuming = TinyRuns.options().resume(true).build();
        int[] workers = {2, 4};
        long[] stops = {3, 5};
        for (int i = 0; i < stops.length; i++) {
            Stopping stopping = new Stopping(stops[i]);
            stopping.training = builder(plan, workers[i])
                    .options(resuming)
                    .listeners(stopping)
                    .build(temp.resolve("resumed"));
            assertEquals(TrainingRun.Outcome.STOPPED, stopping.training.run());
        }
        assertArrayEquals(expected, onOneMachine(plan, "resumed"));
    }

    /** Pictures of which one batch can't be read. */
    private record Broken(TinyRuns.Folder folder, long batch) implements PictureOpener {
        @Override
        public PictureSource open() {
            return new BrokenPictures(folder.open(), batch);
        }
    }

    private record BrokenPictures(PictureSource whole, long batch) implements PictureSource {
        @Override
        public int size() {
            return whole.size();
        }

        @Override
        public int channels() {
            return whole.channels();
        }

        @Override
        public int height() {
            return whole.height();
        }

        @Override
        public int width() {
            return whole.width();
        }

        @Override
        public List<String> classNames() {
            return whole.classNames();
        }

        @Override
        public BatchStream batches(int batchSize, long seed, long first) {
            BatchStream all = whole.batches(batchSize, seed, first);
            return new BatchStream() {
                private long next = first;

                @Override
                public PictureBatch next() {
                    if (next++ == batch) {
                        throw new Diffusion4jException("cat.png: expected a picture, found none");
                    }
                    return all.next();
                }

                @Override
                public void close() {
                    all.close();
                }
            };
        }
    }

    @Test
    void aTaskThatFailsNamesItsStepAndBatches() {
        SparkTraining training = builder(TinyRuns.plan(4, 4).build(), 2)
                .pictures(new Broken(pictures, 10)) // of the third step's four, which begin with 8, the third
                .build(temp.resolve("broken"));
        Diffusion4jException e = assertThrows(Diffusion4jException.class, training::run);
        assertEquals("step 3, batches 3 to 4: cat.png: expected a picture, found none", e.getMessage());
    }

    @Test
    void aRunThatDivergesSaysSoAsOnOneMachine() {
        TrainingPlan plan = TinyRuns.plan(4, 3)
                .learningRate(new LearningRate(1e30, 0, new LearningRate.Constant()))
                .build();
        Path folder = temp.resolve("diverging");
        String one = assertThrows(Diffusion4jException.class, () -> onOneMachine(plan, "diverging-one"))
                .getMessage();
        String many = assertThrows(
                        Diffusion4jException.class,
                        () -> builder(plan, 2).build(folder).run())
                .getMessage();
        assertTrue(one.contains("expected a finite loss"), one);
        assertEquals(one, many);
    }

    @Test
    @Tag("slow")
    void localStepsOfOneWorkerAreThoseOfOneMachineAndOfTwoAreOthers() throws IOException {
        TrainingPlan plan = TinyRuns.plan(5, 2).build();
        RunOptions options = TinyRuns.options().checkpointEvery(4).build();
        byte[] one = onOneMachine(plan, "steps-of-one-machine");
        SparkTraining.Builder alone = builder(plan, 1).options(options).localSteps(2);
        assertArrayEquals(one, onSpark(alone, "local-steps-1"));
        byte[] two = onSpark(builder(plan, 2).options(options).localSteps(2), "local-steps-2");
        assertArrayEquals(two, onSpark(builder(plan, 2).options(options).localSteps(2), "local-steps-2-again"));
        assertNotEquals(-1, Arrays.mismatch(one, two));
    }

    @Test
    void localStepsAreRefusedWhereTheyDontGoWithTheRest() {
        IllegalArgumentException parts = assertThrows(
                IllegalArgumentException.class,
                () -> builder(TinyRuns.plan(5, 3).build(), 2).localSteps(5).build(temp.resolve("no")));
        assertEquals(
                "local-steps: expected an accumulation of equal parts for 2 workers, such as 2, found 3",
                parts.getMessage());
        IllegalArgumentException checkpoints = assertThrows(
                IllegalArgumentException.class,
                () -> builder(TinyRuns.plan(5, 2).build(), 2).localSteps(3).build(temp.resolve("no")));
        assertEquals("checkpoint-every: expected a multiple of the 3 local steps, found 500", checkpoints.getMessage());
    }
}
