package org.diffusion4j.spark.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.diffusion4j.spark.Job;
import org.diffusion4j.spark.Shapes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class EvaluateJobTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void begin() {
        SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .getOrCreate();
    }

    @Test
    void oneCommandPrintsTheFigures() throws IOException {
        StringWriter out = new StringWriter();
        int code = new CommandLine(new EvaluateJob())
                .setOut(new PrintWriter(out, true))
                .execute(
                        "--pictures",
                        Shapes.folder(folder.resolve("drawn"), 4, 2).toString(),
                        "--data",
                        Shapes.folder(folder.resolve("real"), 8, 1).toString());
        assertEquals(0, code, out.toString());
        List<String> lines = out.toString().lines().toList();
        assertTrue(lines.get(0).endsWith("on 12 real pictures"), out.toString());
        assertTrue(lines.get(2).matches("images +12 +12"), out.toString());
        assertTrue(lines.get(3).matches("accuracy +[0-9.]+ % +[0-9.]+ %"), out.toString());
        assertTrue(lines.get(4).matches("Fréchet distance +[0-9.e+-]+ +[0-9.e+-]+"), out.toString());
        assertTrue(lines.get(5).startsWith("kernel distance "), out.toString());
    }

    @Test
    void badOptionsEndBeforeAJobStarts() throws IOException {
        assertRefused(
                "--size: expected a side or WIDTHxHEIGHT in pixels, 1 to 16384, found '0x8'",
                "--pictures",
                "a",
                "--data",
                "b",
                "--size",
                "0x8");
        assertRefused(
                "nothing: expected a folder or an archive of pictures, found nothing",
                "--pictures",
                folder.resolve("nothing").toString(),
                "--data",
                "b");
        begin();
        assertRefused(
                "nothing: expected a folder or an archive of pictures, found nothing",
                "--pictures",
                Shapes.folder(folder.resolve("drawn"), 1, 2).toString(),
                "--data",
                folder.resolve("nothing").toString());
    }

    private static void assertRefused(String expected, String... args) {
        StringWriter err = new StringWriter();
        assertEquals(2, Job.run(new EvaluateJob(), new PrintWriter(err, true), args), err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertTrue(err.toString().contains(expected), err.toString());
    }
}
