package org.diffusion4j.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The most memory that this process has held so far. */
public final class PeakMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern HIGH_WATER_MARK = Pattern.compile("VmHWM:\\s*(\\d+) kB");

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

    static OptionalLong megabytes(List<String> status) {
        return status.stream()
                .map(HIGH_WATER_MARK::matcher)
                .filter(Matcher::matches)
                .mapToLong(mark -> Long.parseLong(mark.group(1)) / 1024)
                .findFirst();
    }
}
