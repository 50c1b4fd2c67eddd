package org.diffusion4j.weights.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The memory that this process holds, and the most that it has held so far. */
public final class PeakMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern HIGH_WATER_MARK = Pattern.compile("VmHWM:\\s*(\\d+) kB");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s*(\\d+) kB");

    private PeakMemory() {}

    /**
     * The largest resident memory so far.
     *
     * @return MiB; empty if the system doesn't report it
     */
    public static OptionalLong megabytes() {
        try {
            return megabytes(Files.readAllLines(STATUS));
        } catch (IOException e) {
            return OptionalLong.empty(); // not Linux
        }
    }

    /**
     * The resident memory now.
     *
     * @return bytes; empty if the system doesn't report it
     */
    public static OptionalLong residentBytes() {
        try {
            return kilobytes(RESIDENT, Files.readAllLines(STATUS)).stream()
                    .map(kilobytes -> 1024 * kilobytes)
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty(); // not Linux
        }
    }

    static OptionalLong megabytes(List<String> status) {
        return kilobytes(HIGH_WATER_MARK, status).stream()
                .map(kilobytes -> kilobytes / 1024)
                .findFirst();
    }

    private static OptionalLong kilobytes(Pattern field, List<String> status) {
        return status.stream()
                .map(field::matcher)
                .filter(Matcher::matches)
                .mapToLong(mark -> Long.parseLong(mark.group(1)))
                .findFirst();
    }
}
