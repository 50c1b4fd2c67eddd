package org.diffusion4j.spark.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.spark.TestSpark;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Executors in processes of their own, which are killed. */
@Tag("both")
@Tag("cluster")
class ClusterSamplingTest {
    private static final SampleRequest REQUEST =
            SampleRequest.images(60).spread(List.of(0, 1, 2)).seed(7).steps(4).build();

    @TempDir
    Path folder;

    @Test
    @Timeout(180)
    void killedExecutorsChangeNothing() throws Exception {
        String model = TinyModel.write(folder.resolve("model"));
        Path out = folder.resolve("out");
        SparkSession spark = TestSpark.cluster(folder.resolve("spark"), 2, 1024);
        try {
            CompletableFuture<BulkSummary> job = CompletableFuture.supplyAsync(() -> SparkSampling.of(model, REQUEST)
                    .build()
                    .write(spark, new BulkOutput(out.toString(), BulkOutput.Format.PNG, 4, false)));
            Set<Long> killed = new TreeSet<>();
            for (int files : new int[] {1, 20}) {
                while (!job.isDone() && pictures(out) < files) {
                    Thread.sleep(20);
                }
                List<ProcessHandle> executors = TestSpark.executors();
                assertTrue(!job.isDone() && !executors.isEmpty(), job.toString());
                executors.get(0).destroyForcibly();
                killed.add(executors.get(0).pid());
            }
            assertEquals(new BulkSummary(60, 60), job.get());
            assertEquals(2, killed.size());
        } finally {
            spark.stop();
        }
        try (DiffusionPipeline pipeline = DiffusionPipeline.load(Path.of(model))) {
            List<GeneratedImage> expected = pipeline.sample(REQUEST);
            for (int i = 0; i < expected.size(); i++) {
                Path file =
                        out.resolve(GeneratedImage.fileName(i, expected.get(i).label()));
                assertArrayEquals(expected.get(i).png(), Files.readAllBytes(file), file.toString());
            }
        }
    }

    private static long pictures(Path out) throws IOException {
        if (!Files.isDirectory(out)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(out)) {
            return files.filter(file -> file.toString().endsWith(".png")).count();
        }
    }
}
