package org.diffusion4j.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/** Many inputs of one reader, in a thread of their own. */
final class FuzzRun {
    private static final Path FAILED = Path.of("target", "fuzz");

    private final FuzzedReader reader;
    private final long seed;
    /** The first of each kind. */
    private final Map<String, String> failures = new ConcurrentSkipListMap<>();

    private final Trial trial = new Trial();

    private volatile int current;
    private volatile long cpuNanos;

    FuzzRun(FuzzedReader reader, long seed) {
        this.reader = reader;
        this.seed = seed;
    }

    /** @return a line for each kind of failure, with how to repeat it */
    List<String> of(int first, int count) throws InterruptedException {
        Thread worker = new Thread(
                () -> {
                    LastInput last = LastInput.of(FAILED, reader.name(), seed);
                    for (int i = first; i < first + count; i++) {
                        current = i;
                        last.is(i);
                        byte[] input = reader.input(seed, i);
                        int index = i;
                        trial.of(reader, input).ifPresent(failure -> failed(index, failure));
                    }
                    cpuNanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                },
                "fuzz " + reader.name());
        worker.setDaemon(true);
        worker.start();
        Watch watch = new Watch(worker, trial);
        while (worker.isAlive()) {
            int index = current;
            Optional<Trial.Failure> seen = watch.look(index);
            seen.ifPresent(failure -> failed(index, failure));
            if (seen.isPresent() && seen.get().kind().equals("hang")) {
                break; // it can't be ended; the others run beside it
            }
        }
        return new ArrayList<>(failures.values());
    }

    /** The slowest input and the one that took most memory. */
    String worst() {
        return String.format(Locale.ROOT, "%.2f s, %.0f MB", trial.slowestSeconds(), trial.largestMegabytes());
    }

    /** Of the thread that read, once it is at its end. */
    double cpuSeconds() {
        return cpuNanos / 1e9;
    }

    private void failed(int index, Trial.Failure failure) {
        failures.computeIfAbsent(failure.kind(), kind -> {
            byte[] input = reader.input(seed, index);
            Path file = FAILED.resolve(reader.name() + "-" + seed + "-" + index);
            try {
                Files.createDirectories(FAILED);
                Files.write(file, input);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return String.format(
                    Locale.ROOT,
                    "%s: %s: %s (%d bytes in %s; again: -Dtest=MutatedFilesTest -Ddiffusion4j.fuzz=%s/%d/%d)",
                    reader.name(),
                    kind,
                    failure.detail(),
                    input.length,
                    file,
                    reader.name(),
                    seed,
                    index);
        });
    }
}
