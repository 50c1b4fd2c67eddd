package org.diffusion4j.fuzz;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.cli.Main;

/** What a command prints, which must be lines that a terminal can show; and the folders that commands work on. */
final class Shown {
    private Shown() {}

    /** @throws AssertionError if it is no line */
    static void check(String what, String line) {
        if (!line.isBlank() && Trial.fault(line) != null) {
            throw new AssertionError(what + " " + Trial.fault(line));
        }
    }

    /**
     * Runs a command, which must be good or say in a line what is bad.
     *
     * @throws Diffusion4jException of that line, where the input is bad
     */
    static void command(Object... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] texts = Stream.of(args).map(Object::toString).toArray(String[]::new);
        int exitCode = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
        // The command's own ends of lines are these alone: all others are the input's.
        List.of(out.toString().split(System.lineSeparator())).forEach(line -> check("stdout", line));
        String[] lines = err.toString().split(System.lineSeparator());
        List.of(lines).forEach(line -> check("stderr", line));
        String last = lines[lines.length - 1];
        if (exitCode == 2) {
            throw new Diffusion4jException(last);
        } else if (exitCode != 0 && !last.isBlank()) { // a case that failed says so on stdout
            throw new AssertionError("exit code " + exitCode + ": " + last);
        }
    }

    static void write(Path file, byte[] bytes) {
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A fresh copy of a folder. */
    static Path copy(Path from, Path to) {
        try {
            if (Files.exists(to)) {
                PathUtils.deleteDirectory(to);
            }
            PathUtils.copyDirectory(from, to, StandardCopyOption.REPLACE_EXISTING);
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
