package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code diffusion4j} itself, whose Maven is one that only writes java's arguments. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
    /** Where this JVM's own locale can't name it, a plain letter. */
    private static final String LETTER =
            Charset.forName(System.getProperty("sun.jnu.encoding")).newEncoder().canEncode('ü') ? "ü" : "u";

    private static final String PICTURE = "bild-" + LETTER + ".png";
    private static final List<String> DRAW = List.of(
            "sample", "--model", "ddpm-mnist", "--labels", "0", "--images", "1", "--steps", "1", "--out", PICTURE);

    @TempDir
    private Path folder;

    /** What a run printed and how it ended. */
    private record Ended(int exitCode, String out, String err) {}

    private Path writeClone() throws IOException {
        Path clone = Files.createDirectories(folder.resolve("Klon " + LETTER));
        Path root = Path.of("..", "..").toRealPath();
        Files.copy(root.resolve("diffusion4j"), clone.resolve("diffusion4j"));
        Files.createDirectories(clone.resolve("modules"));
        Files.createDirectories(clone.resolve("models"));
        Files.writeString(clone.resolve("pom.xml"), "");
        String arguments = Files.readString(Path.of("src", "launcher", "java.args"));
        String option = "${launcher.classPathOption}";
        assertTrue(arguments.contains(option), arguments);
        Files.writeString(
                folder.resolve("java.args"),
                arguments.replace(option, "-cp \"" + System.getProperty("java.class.path") + "\""));
        script(
                "mvn",
                """
                #!/bin/sh
                case $1 in -version) echo "Apache Maven 3.9.9"; exit ;; esac
                echo built >> '%1$s/builds'
                sleep 2
                cp '%1$s/java.args' modules/cli/target/launcher/
                """
                        .replace("%1$s", folder.toString()));
        return clone;
    }

    private void script(String name, String content) throws IOException {
        Path file =
                Files.writeString(Files.createDirectories(folder.resolve("bin")).resolve(name), content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Process start(Path clone, String name, Map<String, String> environment, List<String> arguments)
            throws IOException {
        List<String> command =
                new ArrayList<>(List.of("/bin/sh", clone.resolve("diffusion4j").toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(folder.resolve(name + ".out").toFile())
                .redirectError(folder.resolve(name + ".err").toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
        builder.environment().keySet().removeIf(variable -> variable.startsWith("LC_") || variable.equals("LANG"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private Ended end(Process process, String name) throws Exception {
        int exitCode = process.waitFor();
        return new Ended(
                exitCode,
                Files.readString(folder.resolve(name + ".out"), StandardCharsets.UTF_8),
                Files.readString(folder.resolve(name + ".err"), StandardCharsets.UTF_8));
    }

    private Ended run(Path clone, Map<String, String> environment, List<String> arguments) throws Exception {
        return end(start(clone, "run", environment, arguments), "run");
    }

    @Tag("slow")
    @Test
    void ofTwoFirstStartsOneBuildsAndTheOtherWaits() throws Exception {
        Path clone = writeClone();
        Process first = start(clone, "first", Map.of(), List.of("models"));
        Process second = start(clone, "second", Map.of(), List.of("models"));
        Ended a = end(first, "first");
        Ended b = end(second, "second");
        assertEquals(0, a.exitCode(), a.err());
        assertEquals(0, b.exitCode(), b.err());
        assertEquals(a.out(), b.out());
        assertTrue(a.out().contains("ddpm-mnist"), a.out());
        assertEquals("built\n", Files.readString(folder.resolve("builds")));
        String waits = "diffusion4j: waiting for the build that another start has begun";
        assertEquals(
                List.of("building", "waiting"),
                Stream.of(a.err(), b.err())
                        .map(err -> err.startsWith("diffusion4j: building;")
                                ? "building"
                                : err.strip().equals(waits) ? "waiting" : err)
                        .sorted()
                        .toList());
        drawsSayingNothing(clone);
    }

    /** Under each Java there is, in a locale without UTF-8, and without a folder for what is temporary. */
    private void drawsSayingNothing(Path clone) throws Exception {
        for (Path java : javas()) {
            Map<String, String> environment =
                    Map.of("LC_ALL", "C", "TMPDIR", folder.resolve("none").toString(), "JAVA_HOME", java.toString());
            Ended drawn = run(clone, environment, DRAW);
            assertEquals(0, drawn.exitCode(), java + ": " + drawn.err());
            assertEquals(
                    List.of(),
                    drawn.err()
                            .lines()
                            .filter(line -> !line.startsWith("step "))
                            .toList(),
                    java.toString());
            Path picture = folder.resolve(PICTURE);
            assertTrue(Files.exists(picture), java + ": " + drawn.out());
            Files.delete(picture);
        }
        assertEquals("built\n", Files.readString(folder.resolve("builds")));
    }

    private static List<Path> javas() throws IOException {
        Path own = Path.of(System.getProperty("java.home")).toRealPath();
        try (Stream<Path> siblings = Files.list(own.getParent())) {
            return siblings.filter(home -> !Files.isSymbolicLink(home))
                    .filter(home -> Files.isExecutable(home.resolve("bin").resolve("java")))
                    .filter(home -> Files.exists(home.resolve("release")))
                    .sorted()
                    .toList();
        }
    }

    @Tag("slow")
    @Test
    void whereClassesCannotBeArchivedNothingIsLeftAndTheNextStartDoesNotTryAgain() throws Exception {
        Path clone = writeClone();
        Path java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
        Files.writeString(
                java,
                """
                #!/bin/sh
                case $* in *DumpLoadedClassList*) echo tried >> '%s/archives'; exit 1 ;; esac
                exec '%s/bin/java' "$@"
                """
                        .replaceFirst("%s", folder.toString())
                        .replaceFirst("%s", System.getProperty("java.home")));
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (int i = 0; i < 2; i++) {
            Ended ended = run(clone, Map.of("JAVA_HOME", folder.resolve("jdk").toString()), List.of("models"));
            assertEquals(0, ended.exitCode(), ended.err());
        }
        assertEquals("tried\n", Files.readString(folder.resolve("archives")));
        try (Stream<Path> files = Files.list(clone.resolve("modules/cli/target/launcher"))) {
            List<String> left = files.map(file -> file.getFileName().toString()).toList();
            assertTrue(
                    left.stream().noneMatch(name -> name.endsWith(".jsa") || name.endsWith(".new")), left.toString());
            assertTrue(left.stream().anyMatch(name -> name.endsWith(".jsa.failed")), left.toString());
        }
    }

    @Test
    void aBuildThatFailsIsShownAndTriedAgain() throws Exception {
        Path clone = writeClone();
        script(
                "mvn",
                """
                #!/bin/sh
                case $1 in -version) echo "Apache Maven 3.9.9"; exit ;; esac
                echo "no network"
                exit 1
                """);
        for (int i = 0; i < 2; i++) {
            Ended failed = run(clone, Map.of(), List.of("models"));
            assertEquals(1, failed.exitCode());
            assertTrue(failed.err().contains("no network\ndiffusion4j: the build failed (see above)\n"), failed.err());
        }
    }
}
