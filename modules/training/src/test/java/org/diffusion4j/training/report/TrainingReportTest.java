package org.diffusion4j.training.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingReportTest {
    @TempDir
    private Path folder;

    private String report() throws IOException {
        TrainingReport.write(folder);
        return Files.readString(folder.resolve("report.html"));
    }

    private static int count(String text, String pattern) {
        return (int) Pattern.compile(pattern).matcher(text).results().count();
    }

    @Test
    void wholeRunHasAllItsParts() throws IOException {
        SyntheticRun.whole(folder);

        String report = report();

        assertEquals(4, count(report, "<svg "));
        assertEquals(10, count(report, "<img [^>]*src=\"data:image/png;base64,"));
        assertTrue(report.contains("<figcaption>Step 14,000</figcaption>"));
        assertTrue(report.contains(
                Base64.getEncoder().encodeToString(Files.readAllBytes(folder.resolve("samples/step-00014000.png")))));
        assertTrue(report.contains("<dd>640,000 <small>each of 60,000 pictures 11×</small>"));
        assertTrue(report.contains(">finished<"));
        assertTrue(report.contains("<td>60,000</td>") && report.contains("<td>28×28 pixels</td>"));
        assertTrue(report.contains("base 0.0002, warmup steps 500, curve cosine (total steps 20000)"));
    }

    @Test
    void finalLossIsTheMeanOfTheLastSteps() throws IOException {
        SyntheticRun.describe(folder, 200, List.of());
        StringBuilder lines = new StringBuilder();
        for (int step = 1; step <= 200; step++) {
            lines.append(String.format(
                    Locale.ROOT, "{\"step\":%d,\"loss\":%s}%n", step, step <= 100 ? 77 : step % 2 == 0 ? 0.5 : 0.25));
        }
        Files.writeString(folder.resolve("metrics.jsonl"), lines);

        String report = report();

        assertTrue(report.contains("<dt>Final loss</dt><dd>0.375 <small>mean of the last 100 steps</small>"));
        assertEquals(1, count(report, "<svg ")); // the other values aren't there
    }

    @Test
    void textFromOutsideIsEscaped() throws IOException {
        Path run = Files.createDirectory(folder.resolve("a & 'b'"));
        SyntheticRun.describe(run, 1, List.of("<script>alert(1)</script>", "\"", "&amp;", "'"));
        TrainingReport.write(run);
        String report = Files.readString(run.resolve("report.html"));

        assertEquals(1, count(report, "<script>"));
        assertTrue(report.contains("&lt;script&gt;alert(1)&lt;/script&gt;, &quot;, &amp;amp;, &#39;"));
        assertTrue(report.contains("<h1>a &amp; &#39;b&#39;</h1>"));
    }

    @Test
    void nothingIsFetched() throws IOException {
        SyntheticRun.whole(folder);
        String page = report().replaceAll("base64,[^\"]*", "");
        assertFalse(
                Pattern.compile("https?:|//[a-z]|@import|url\\(").matcher(page).find());
    }

    @Test
    void runWithoutStepsAndSamplesSaysSo() throws IOException {
        SyntheticRun.describe(folder, 10, List.of());
        String report = report();
        assertTrue(report.contains("No step has been recorded yet.") && report.contains("No pictures were drawn"));
        assertTrue(report.contains(">not finished<"));
    }

    @Test
    void oneStepIsADot() throws IOException {
        SyntheticRun.describe(folder, 1, List.of());
        SyntheticRun.metrics(folder.resolve("metrics.jsonl"), 1, 1);
        assertEquals(4, count(report(), "class=\"line\" d=\"M500 [0-9.]+h0\""));
    }

    @Test
    void brokenLinesAreLeftOut() throws IOException {
        SyntheticRun.describe(folder, 10, List.of());
        Path metrics = folder.resolve("metrics.jsonl");
        SyntheticRun.metrics(metrics, 3, 10);
        String whole = report();
        Files.write(
                metrics,
                new byte[] {'\n', '[', ']', '\n', (byte) 0xff, 0, '\n', '{', '"', 's', 't', 'e', 'p', '"', ':', '4', ','
                },
                StandardOpenOption.APPEND);
        assertEquals(whole, report());
    }

    @Tag("slow")
    @Test
    void millionStepsAreThinnedOut() throws IOException {
        SyntheticRun.describe(folder, 1_000_000, List.of());
        SyntheticRun.metrics(folder.resolve("metrics.jsonl"), 1_000_000, 1_000_000);

        String report = report();

        assertTrue(report.length() < 1_000_000, report.length() + " characters");
        assertTrue(report.contains("<dt>Steps</dt><dd>1,000,000"));
    }

    @Test
    void manySamplesAreThinnedOutAndTheLastStays() throws IOException {
        SyntheticRun.describe(folder, 100, List.of());
        Path samples = folder.resolve("samples");
        SyntheticRun.sample(samples, 1, 1);
        for (int step = 2; step <= 100; step++) {
            Files.copy(
                    samples.resolve("step-00000001.png"),
                    samples.resolve(String.format(Locale.ROOT, "step-%08d.png", step)));
        }

        String report = report();

        assertEquals(48, count(report, "<img [^>]*src="));
        assertTrue(report.contains("48 of 100;") && report.contains("<figcaption>Step 100</figcaption>"));
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        assertEquals(
                folder + ": expected the folder of a training run, found no run.json",
                assertThrows(Diffusion4jException.class, () -> TrainingReport.write(folder))
                        .getMessage());

        SyntheticRun.describe(folder, 1, List.of());
        Path sample = Files.createDirectory(folder.resolve("samples")).resolve("step-00000001.png");
        Files.writeString(sample, "not a picture, but long enough for one");
        assertEquals(
                sample + ": expected a PNG, found something else",
                assertThrows(Diffusion4jException.class, () -> TrainingReport.write(folder))
                        .getMessage());
        assertFalse(Files.exists(folder.resolve("report.html")));
    }
}
