package org.diffusion4j.spark.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.diffusion4j.spark.TestSpark;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainingRun;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Executors in JVMs of their own. */
@Tag("slow")
class LostExecutorTest {
    @TempDir
    private Path temp;

    private static boolean killOne() {
        List<ProcessHandle> executors = TestSpark.executors();
        return !executors.isEmpty() && executors.get(0).destroyForcibly();
    }

    /** Kills an executor between two steps, and another one within a step. */
    private static final class Killing implements TrainingListener {
        private int killed;

        @Override
        public void step(Trainer.Step step, double imagesPerSecond) {
            if (step.number() == 2 && killOne()) {
                killed++;
            }
            if (step.number() == 5) {
                CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS).execute(() -> {
                    if (killOne()) {
                        killed++;
                    }
                });
            }
        }
    }

    @Test
    void executorsThatAreKilledInTheMiddleOfARunChangeNothing() throws IOException {
        TinyRuns.Folder pictures = TinyRuns.pictures(temp.resolve("pictures"));
        DiffusersModel model = TinyRuns.model(pictures.open());
        TrainingPlan plan = TinyRuns.plan(8, 3).build();
        RunOptions options = TinyRuns.options().build();
        Path one = temp.resolve("one");
        new TrainingRun(model, pictures.open(), plan, one, options).run();
        SparkSession session = TestSpark.cluster(temp.resolve("home"), 2, 1024);
        try {
            Killing killing = new Killing();
            Path many = temp.resolve("many");
            SparkTraining.builder(JavaSparkContext.fromSparkContext(session.sparkContext()))
                    .model(model)
                    .pictures(pictures)
                    .plan(plan)
                    .options(options)
                    .workers(2)
                    .listeners(killing)
                    .build(many)
                    .run();
            assertEquals(2, killing.killed);
            assertArrayEquals(
                    Files.readAllBytes(one.resolve(TinyRuns.WEIGHTS)),
                    Files.readAllBytes(many.resolve(TinyRuns.WEIGHTS)));
        } finally {
            session.stop();
        }
    }
}
