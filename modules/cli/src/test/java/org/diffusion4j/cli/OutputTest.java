package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.diffusion4j.OneLine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What reaches a terminal, or doesn't. */
class OutputTest {
    private static final String NASTY = "a\u001b[2J\u009b31m\u202eb\rc";

    @TempDir
    private Path temp;

    @Test
    void namesInErrorsCannotMoveTheCursor() {
        for (Run run : List.of(
                Run.of("info", NASTY),
                Run.of("sample", "--model", NASTY, "--out", "x.png"),
                Run.of("sample", "--model", "ddpm-mnist", "--labels", NASTY, "--out", "x.png"),
                Run.of("sample", "--model", "ddpm-mnist", "--sampler", NASTY, "--out", "x.png"),
                Run.of(NASTY),
                Run.of("sample", "--" + NASTY),
                Run.of("verify", NASTY),
                Run.of("train", "--data", NASTY, "--out", temp.resolve("out")),
                Run.of("export", "--model", "ddpm-mnist", "--format", "onnx", "--out", NASTY))) {
            assertEquals(2, run.exitCode(), run.toString());
            assertEquals(1, run.err().size(), run.toString());
            assertPlain(run);
            assertTrue(run.err().get(0).contains("\\u001b[2J\\u009b31m\\u202eb\\rc"), run.toString());
        }
    }

    @Test
    void namesInProgressAndResultsCannotMoveTheCursor() throws IOException {
        Path data = temp.resolve(NASTY.replace("/", ""));
        for (String name : List.of("1", "2", "3" + NASTY)) {
            Path folder = Files.createDirectories(data.resolve("class" + NASTY));
            ImageIO.write(
                    new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB),
                    "png",
                    folder.resolve(name + ".png").toFile());
        }
        Files.writeString(data.resolve("class" + NASTY).resolve("broken" + NASTY + ".png"), "no picture");
        Path out = temp.resolve("out" + NASTY);
        Run train = Run.of(
                "train",
                "--data",
                data,
                "--out",
                out,
                "--size",
                "8",
                "--widths",
                "8,8",
                "--layers",
                "1",
                "--steps",
                "1",
                "--batch",
                "2",
                "--sample-every",
                "0",
                "--broken",
                "0.5");
        assertEquals(0, train.exitCode(), train.toString());
        assertPlain(train);
        assertTrue(
                train.err().stream().anyMatch(line -> line.contains("/brokena?[2J?31m?b?c.png: expected JPEG")),
                train.toString());
        Run info = Run.of("info", out);
        assertEquals(0, info.exitCode(), info.toString());
        assertPlain(info);
        Run grid = Run.of(
                "sample", "--model", out, "--steps", "1", "--images", "1", "--out", temp.resolve(NASTY + ".png"));
        assertEquals(0, grid.exitCode(), grid.toString());
        assertPlain(grid);
    }

    @Test
    void aLongNameLeavesTheMessageShort() {
        String name = ("x".repeat(200) + "/").repeat(15);
        Run run = Run.of("info", name);
        assertEquals(2, run.exitCode(), run.toString());
        assertTrue(run.err().get(0).length() < 500, run.toString());
        assertTrue(run.err().get(0).contains("…"), run.toString());
    }

    @Test
    void logLinesAreOneLineWithoutWhatATerminalActsOn() throws Exception {
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        var errors = System.err;
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        System.setErr(new java.io.PrintStream(seen, true, StandardCharsets.UTF_8));
        try {
            new LogSettings().configure(context);
            var logger = context.getLogger("org.diffusion4j.Test");
            logger.callAppenders(new LoggingEvent(
                    "test", logger, Level.WARN, "{}: left out\nnext", new IllegalStateException(NASTY), new Object[] {
                        NASTY
                    }));
        } finally {
            System.setErr(errors);
            context.stop();
        }
        assertEquals(
                "WARN Test: " + OneLine.escaped(NASTY) + ": left out\\nnext" + System.lineSeparator(),
                seen.toString(StandardCharsets.UTF_8));
    }

    @Test
    void aFullDiskUnderStandardOutputIsAFailureInOneLine() {
        StringWriter err = new StringWriter();
        assertEquals(1, Main.run(new Refusing("No space left on device"), err, "models"));
        assertEquals(
                "standard output: expected to write there, found No space left on device",
                err.toString().strip());
        err = new StringWriter();
        assertEquals(1, Main.run(new Refusing("No space left on device"), err, "sample", "--help"));
        assertTrue(err.toString().startsWith("standard output: "), err.toString());
    }

    @Test
    void aReaderThatHasSeenEnoughEndsTheCommandInSilence() {
        StringWriter err = new StringWriter();
        assertEquals(1, Main.run(new Refusing("Broken pipe"), err, "models"));
        assertEquals("", err.toString());
    }

    @Test
    void whatCouldNotBeSaidOnStandardErrorFailsNothing() {
        StringWriter out = new StringWriter();
        assertEquals(0, Main.run(out, new Refusing("Bad file descriptor"), "models"));
        assertFalse(out.toString().isEmpty());
    }

    private static void assertPlain(Run run) {
        for (String line : java.util.stream.Stream.concat(run.out().stream(), run.err().stream())
                .toList()) {
            assertEquals(line, OneLine.escaped(line));
        }
    }

    /** A place that takes nothing. */
    private static final class Refusing extends Writer {
        private final String reason;

        Refusing(String reason) {
            this.reason = reason;
        }

        @Override
        public void write(char[] characters, int from, int length) throws IOException {
            throw new IOException(reason);
        }

        @Override
        public void flush() throws IOException {
            throw new IOException(reason);
        }

        @Override
        public void close() {}
    }
}
