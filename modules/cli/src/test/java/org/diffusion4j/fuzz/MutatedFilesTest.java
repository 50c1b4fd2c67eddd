package org.diffusion4j.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever stands in a file, it is read or refused in a line, soon and with little memory. A failure says how to repeat it:
 * {@code -Ddiffusion4j.fuzz=READER/SEED/INDEX} runs that input and no other; {@code READER} (a regular
 * expression) runs those readers, and {@code -Ddiffusion4j.fuzz.inputs=N} another number of inputs. If the JVM itself dies,
 * {@code target/fuzz/READER.last} says of which input.
 */
@TestInstance(Lifecycle.PER_CLASS)
class MutatedFilesTest {
    private static final String ONLY = System.getProperty("diffusion4j.fuzz", "");
    private static final int DEFAULT_INPUTS = Integer.getInteger("diffusion4j.fuzz.inputs", 1_000);
    private static final int MANY_INPUTS = 1_000_000;

    @TempDir
    static Path scratch;

    private List<FuzzedReader> readers;

    @BeforeAll
    void makeReaders() throws IOException {
        readers = new ArrayList<>(PictureReaders.all(Files.createDirectory(scratch.resolve("p"))));
        readers.addAll(ModelReaders.all(Files.createDirectory(scratch.resolve("m"))));
        readers.addAll(AdapterReaders.all(Files.createDirectory(scratch.resolve("a"))));
        readers.addAll(FolderReaders.all(Files.createDirectory(scratch.resolve("f"))));
        readers.addAll(TorchReaders.all(Files.createDirectory(scratch.resolve("t"))));
        readers.addAll(RunReaders.all(Files.createDirectory(scratch.resolve("r"))));
    }

    Stream<FuzzedReader> readers() {
        return readers.stream().filter(reader -> reader.name().matches(ONLY.isEmpty() ? ".*" : ONLY.split("/")[0]));
    }

    /** Else the mutations would stand on nothing. */
    @ParameterizedTest
    @MethodSource("readers")
    void mostSeedsAreRead(FuzzedReader reader) {
        int read = readAll(reader);
        assertTrue(
                read * 2 > reader.seeds().size(), read + " of " + reader.seeds().size());
    }

    private static int readAll(FuzzedReader reader) {
        int read = 0;
        for (byte[] seed : reader.seeds()) {
            try {
                reader.target().read(seed);
                read++;
            } catch (Diffusion4jException e) {
                System.out.println(reader + ": a seed is refused: " + e.getMessage());
            } catch (Exception e) {
                throw new IllegalStateException(reader.name(), e);
            }
        }
        return read;
    }

    /** Found by mutation, in what this library was before: {@code fuzz/READER} has them. */
    @ParameterizedTest
    @MethodSource("readers")
    void theWorstFilesFoundBeforeAreReadOrRefusedInALine(FuzzedReader reader) throws Exception {
        Path folder = Path.of("src", "test", "resources", "fuzz", reader.name());
        assumeTrue(Files.isDirectory(folder), "none were found");
        readAll(reader);
        List<String> failures = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                new Trial()
                        .of(reader, Files.readAllBytes(file))
                        .ifPresent(failure -> failures.add(file + ": " + failure.kind() + ": " + failure.detail()));
            }
        }
        assertTrue(failures.isEmpty(), () -> String.join("\n", failures));
    }

    @ParameterizedTest
    @MethodSource("readers")
    void mutatedFilesAreReadOrRefusedInALine(FuzzedReader reader) throws InterruptedException {
        String[] parts = ONLY.split("/");
        if (parts.length == 3) {
            check(reader, Long.parseLong(parts[1]), Integer.parseInt(parts[2]), 1);
        } else {
            check(reader, 1, 0, share(reader, DEFAULT_INPUTS));
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("readers")
    void aMillionMutatedFilesAreReadOrRefusedInALine(FuzzedReader reader) throws InterruptedException {
        check(reader, 2, 0, share(reader, MANY_INPUTS));
    }

    private int share(FuzzedReader reader, int inputs) {
        int all = readers.stream().mapToInt(FuzzedReader::share).sum();
        return (int) ((long) inputs * reader.share() / all) + 1;
    }

    private static void check(FuzzedReader reader, long seed, int first, int count) throws InterruptedException {
        readAll(reader); // so that what is made once counts for none
        FuzzRun run = new FuzzRun(reader, seed);
        List<String> failures = run.of(first, count);
        System.out.printf(
                Locale.ROOT,
                "%-30s %7d inputs, %6.1f s of processor time (at most %s), %d kinds of failure%n",
                reader.name(),
                count,
                run.cpuSeconds(),
                run.worst(),
                failures.size());
        assertTrue(failures.isEmpty(), () -> String.join("\n", failures));
    }
}
