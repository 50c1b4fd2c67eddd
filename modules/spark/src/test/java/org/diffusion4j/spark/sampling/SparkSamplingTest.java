package org.diffusion4j.spark.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.spark.TestSpark;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Pictures by two tasks at a time are those of one machine. */
class SparkSamplingTest {
    private static final SampleRequest REQUEST =
            SampleRequest.images(23).spread(List.of(0, 1, 2)).seed(7).steps(2).build();
    private static final Path PROMPTS = Path.of("../verify/src/test/resources/goldens/pipeline-sd-tiny");

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static SparkSession spark;
    private static String model;
    private static List<GeneratedImage> expected;

    @BeforeAll
    static void draw() {
        spark = TestSpark.local();
        model = TinyModel.write(shared.resolve("model"));
        try (DiffusionPipeline pipeline = DiffusionPipeline.load(Path.of(model))) {
            expected = pipeline.sample(REQUEST);
        }
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static BulkSummary write(SampleRequest request, BulkOutput output) {
        return SparkSampling.of(model, request).build().write(spark, output);
    }

    private BulkOutput output(BulkOutput.Format format, boolean resume) {
        return new BulkOutput(folder.resolve("out").toString(), format, 5, resume);
    }

    private Path out(String name) {
        return folder.resolve("out").resolve(name);
    }

    @Tag("both")
    @Test
    void rowsAreThePicturesOfOneMachineForAnyNumberOfPartitions() {
        for (int partitions : new int[] {1, 5}) {
            List<Row> rows = SparkSampling.of(model, REQUEST)
                    .partitions(partitions)
                    .build()
                    .dataset(spark)
                    .collectAsList();
            assertEquals(expected.size(), rows.size());
            for (int i = 0; i < rows.size(); i++) {
                Row row = rows.get(i);
                assertEquals(i, row.<Integer>getAs("index"));
                assertEquals(expected.get(i).label(), row.<Integer>getAs("label"));
                assertEquals(7L + i, row.<Long>getAs("seed"));
                assertTrue(row.<String>getAs("settings").contains("\"sampler\":\"ddim\""), row.toString());
                assertArrayEquals(expected.get(i).png(), row.getAs("png"), "image " + i + " of " + partitions);
            }
        }
    }

    @Test
    void picturesOfPromptsAreThoseOfOneMachine() {
        PromptRequest request = PromptRequest.of("a photo of a cat", "An Astronaut")
                .negative("blurry")
                .imagesPerPrompt(2)
                .seed(3)
                .steps(2)
                .build();
        List<GeneratedImage> one =
                PromptPipeline.open(PROMPTS, EngineKind.AUTO, 1, Precision.FP32).draw(request);
        List<Row> rows = SparkSampling.of(PROMPTS.toString(), request)
                .partitions(3)
                .build()
                .dataset(spark)
                .collectAsList();
        assertEquals(4, rows.size());
        for (int i = 0; i < 4; i++) {
            assertEquals(
                    i < 2 ? "a photo of a cat" : "An Astronaut", rows.get(i).<String>getAs("prompt"));
            assertArrayEquals(one.get(i).png(), rows.get(i).getAs("png"), "image " + i);
        }
    }

    @Tag("both")
    @Test
    void filesAreThoseOfACommandAndOnlyMissingOnesAreDrawnAgain() throws IOException {
        assertEquals(new BulkSummary(23, 23), write(REQUEST, output(BulkOutput.Format.PNG, false)));
        for (int i = 0; i < expected.size(); i++) {
            Path file = out(GeneratedImage.fileName(i, expected.get(i).label()));
            assertArrayEquals(expected.get(i).png(), Files.readAllBytes(file), file.toString());
        }
        Files.delete(out("00003-label0.png"));
        Files.delete(out("00011-label1.png"));
        FileTime before = Files.getLastModifiedTime(out("00004-label0.png"));
        assertEquals(new BulkSummary(23, 2), write(REQUEST, output(BulkOutput.Format.PNG, true)));
        assertArrayEquals(expected.get(11).png(), Files.readAllBytes(out("00011-label1.png")));
        assertEquals(before, Files.getLastModifiedTime(out("00004-label0.png")));
        assertEquals(new BulkSummary(23, 0), write(REQUEST, output(BulkOutput.Format.PNG, true)));
    }

    @Test
    @SuppressWarnings("deprecation") // the method is in the versions that both of Spark's bring
    void tarShardsAreAsWebDatasetReadsThem() throws IOException {
        write(REQUEST, output(BulkOutput.Format.WEBDATASET, false));
        List<String> names = new ArrayList<>();
        try (TarArchiveInputStream tar = new TarArchiveInputStream(Files.newInputStream(out("shard-00001.tar")))) {
            for (TarArchiveEntry entry = tar.getNextTarEntry(); entry != null; entry = tar.getNextTarEntry()) {
                names.add(entry.getName());
                byte[] bytes = tar.readAllBytes();
                if (entry.getName().equals("000006.png")) {
                    assertArrayEquals(expected.get(6).png(), bytes);
                } else if (entry.getName().equals("000006.cls")) {
                    assertEquals("0", new String(bytes, java.nio.charset.StandardCharsets.UTF_8));
                }
            }
        }
        assertEquals(List.of("000005.cls", "000005.json", "000005.png", "000006.cls"), names.subList(0, 4));
        byte[] before = Files.readAllBytes(out("shard-00002.tar"));
        Files.delete(out("shard-00002.tar"));
        assertEquals(new BulkSummary(23, 5), write(REQUEST, output(BulkOutput.Format.WEBDATASET, true)));
        assertArrayEquals(before, Files.readAllBytes(out("shard-00002.tar")));
    }

    @Test
    void aParquetFolderIsReadBySparkAndItsManifestSaysWhatItIs() throws IOException {
        write(REQUEST, output(BulkOutput.Format.PARQUET, false));
        List<Row> rows =
                spark.read().parquet(out("").toString()).orderBy("index").collectAsList();
        assertEquals(23, rows.size());
        assertEquals(
                List.of(DrawnPicture.SCHEMA.fieldNames()),
                List.of(rows.get(0).schema().fieldNames()));
        assertArrayEquals(expected.get(22).png(), rows.get(22).getAs("png"));
        JsonNode manifest = new ObjectMapper().readTree(out(Manifest.NAME).toFile());
        assertTrue(manifest.get("complete").booleanValue());
        assertEquals(5, manifest.get("shards").size());
        assertEquals(3, manifest.get("shards").get(4).get("images").intValue());
        assertEquals("0*8", manifest.get("labels").get(0).textValue());
        assertEquals(
                64, manifest.get("sums").get("model_index.json").textValue().length());
        try (Stream<Path> files = Files.list(out(""))) {
            assertEquals(
                    6,
                    files.filter(file -> !file.getFileName().toString().startsWith("."))
                            .count());
        }
    }

    @Test
    void aFolderOfAnotherJobIsRefused() throws IOException {
        write(REQUEST, output(BulkOutput.Format.PNG, false));
        Diffusion4jException again =
                assertThrows(Diffusion4jException.class, () -> write(REQUEST, output(BulkOutput.Format.PNG, false)));
        assertTrue(again.getMessage().endsWith("(--resume draws those that are missing)"), again.getMessage());
        Diffusion4jException other = assertThrows(
                Diffusion4jException.class,
                () -> write(REQUEST.toBuilder().seed(8).build(), output(BulkOutput.Format.PNG, true)));
        assertTrue(other.getMessage().contains("'seed': expected 8, as it is asked for, found 7"), other.getMessage());
        Path full = Files.createDirectories(folder.resolve("full"));
        Files.writeString(full.resolve("a.txt"), "");
        Diffusion4jException foreign = assertThrows(
                Diffusion4jException.class,
                () -> write(REQUEST, BulkOutput.of(full.toString(), BulkOutput.Format.PNG)));
        assertTrue(
                foreign.getMessage().endsWith("full: expected a new folder, found other files in it"),
                foreign.getMessage());
    }

    @Test
    void badOptionsEndBeforeAJobStarts() {
        assertFault("--images: expected a number", "--model", model);
        assertFault("--steps: expected at least 1, found 0", "--model", model, "--images", "2", "--steps", "0");
        assertFault(
                "--sampler-option: expected KEY=VALUE, found 'x'",
                "--model",
                model,
                "--images",
                "2",
                "--sampler-option",
                "x");
        assertFault("Missing required option: '--model=MODEL'", "--images", "2");
    }

    private void assertFault(String start, String... options) {
        StringWriter err = new StringWriter();
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(List.of("--out", out("").toString()));
        int code =
                org.diffusion4j.spark.Job.run(new SampleJob(), new PrintWriter(err, true), all.toArray(new String[0]));
        assertEquals(CommandLine.ExitCode.USAGE, code, err.toString());
        assertTrue(err.toString().startsWith(start), err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
    }
}
