package org.diffusion4j.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher with its libraries beside it, as it is handed out: it runs without Maven and without the sources. */
@DisabledOnOs(OS.WINDOWS)
class CommandLineTest {
    private static final Path TARGET = Build.ROOT.resolve("modules/release/target");

    @TempDir
    private Path folder;

    @Test
    void theLauncherTakesTheLibrariesBesideIt() throws Exception {
        Path home = Files.createDirectories(folder.resolve("with a space"));
        Path lib = Files.createDirectories(home.resolve("lib"));
        Files.copy(Build.ROOT.resolve("diffusion4j"), home.resolve("diffusion4j"));
        Files.copy(TARGET.resolve("launcher/java.args"), lib.resolve("java.args"));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (entry.endsWith(".jar")) {
                Path jar = Path.of(entry);
                Files.createSymbolicLink(lib.resolve(jar.getFileName()), jar);
            }
        }
        assertDraws(home.resolve("diffusion4j"));
    }

    /** With -Prelease, which makes it. */
    @Test
    void theZipHoldsAllThatTheCommandLineNeeds() throws Exception {
        try (Stream<Path> files = Files.list(TARGET)) {
            List<Path> zips =
                    files.filter(file -> file.toString().endsWith(".zip")).toList();
            assumeTrue(!zips.isEmpty(), "mvn verify -Prelease makes the zip");
            assertEquals(1, zips.size(), zips.toString());
            unpack(zips.get(0));
        }
        Path home = folder.resolve("diffusion4j-" + Build.VERSION);
        assertTrue(Files.exists(home.resolve("LICENSE")));
        assertDraws(home.resolve("diffusion4j"));
    }

    private void assertDraws(Path launcher) throws Exception {
        assertTrue(launcher.toFile().setExecutable(true));
        Path out = folder.resolve("one.png");
        UserProject.Ended ended = UserProject.run(
                List.of(
                        launcher.toString(),
                        "sample",
                        "--model",
                        "ddpm-mnist",
                        "--images",
                        "1",
                        "--steps",
                        "1",
                        "--out",
                        out.toString()),
                folder,
                Map.of("JAVA_HOME", System.getProperty("java.home")));
        assertEquals(0, ended.exitCode(), ended.toString());
        assertTrue(Files.exists(out), ended.toString());
        assertTrue(ended.err().stream().noneMatch(line -> line.contains("building")), ended.toString());
    }

    private void unpack(Path zip) throws IOException {
        try (InputStream file = Files.newInputStream(zip);
                ZipInputStream in = new ZipInputStream(file)) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                Path to = folder.resolve(entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(to);
                } else {
                    Files.createDirectories(to.getParent());
                    Files.copy(in, to);
                }
            }
        }
    }
}
