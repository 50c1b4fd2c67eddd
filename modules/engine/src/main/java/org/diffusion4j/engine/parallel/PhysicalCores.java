package org.diffusion4j.engine.parallel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The cores that this process may compute on. Two hardware threads of one core share its arithmetic units, so a second
 * software thread there only takes cache from the first.
 */
public final class PhysicalCores {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String ALLOWED = "Cpus_allowed_list";

    /** Each thread needs memory, and an operating system ends a process that asks for thousands of threads. */
    private static final int MOST_THREADS =
            Math.max(64, 4 * Runtime.getRuntime().availableProcessors());

    private PhysicalCores() {}

    /**
     * Checks a number of threads to compute on.
     *
     * @param threads the requested number
     * @return the same number
     * @throws IllegalArgumentException if it is below 1, or above 64 and four times the processors
     */
    public static int checkedThreads(int threads) {
        if (threads < 1 || threads > MOST_THREADS) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "threads: expected %s, found %d",
                    threads < 1 ? "at least 1" : "at most " + MOST_THREADS,
                    threads));
        }
        return threads;
    }

    /**
     * The number of cores.
     *
     * @return the number of physical cores that the process may run on, but at most the number of processors that it was
     *     given (for example by a container's limit); the number of processors if the system doesn't report its cores
     */
    public static int count() {
        int processors = Runtime.getRuntime().availableProcessors();
        try {
            return count(Files.readAllLines(CPU_INFO), Files.readAllLines(STATUS), processors);
        } catch (IOException e) {
            return processors; // not Linux
        }
    }

    /**
     * The number of cores according to Linux.
     *
     * @param cpuInfo one paragraph per processor, with its {@code physical id} (the socket) and {@code core id}; some
     *     systems report neither
     * @param status lines that include the processors that the process is bound to
     * @param processors the upper bound
     */
    static int count(List<String> cpuInfo, List<String> status, int processors) {
        Set<Integer> allowed = allowed(status);
        Set<String> cores = new HashSet<>();
        Map<String, String> paragraph = new HashMap<>();
        for (String line : cpuInfo) {
            String[] field = field(line);
            if (field[0].equals("processor")) {
                paragraph.clear();
            }
            paragraph.put(field[0], field[1]);
            // No particular field comes last in a processor's paragraph, so the core is known as soon as both fields
            // were found.
            if (paragraph.keySet().containsAll(Set.of("processor", "physical id", "core id"))
                    && (allowed.isEmpty() || allowed.contains(Integer.parseInt(paragraph.get("processor"))))) {
                cores.add(paragraph.get("physical id") + "," + paragraph.get("core id"));
            }
        }
        return cores.isEmpty() ? processors : Math.min(cores.size(), processors);
    }

    /** @return such as 0, 1, 2, 3 and 8 of {@code 0-3,8}; empty if the system doesn't report them */
    private static Set<Integer> allowed(List<String> status) {
        Set<Integer> allowed = new HashSet<>();
        for (String line : status) {
            String[] field = field(line);
            if (field[0].equals(ALLOWED)) {
                for (String range : field[1].split(",", -1)) {
                    String[] ends = range.split("-", -1);
                    for (int i = Integer.parseInt(ends[0]); i <= Integer.parseInt(ends[ends.length - 1]); i++) {
                        allowed.add(i);
                    }
                }
            }
        }
        return allowed;
    }

    private static String[] field(String line) {
        int colon = line.indexOf(':');
        return colon < 0
                ? new String[] {line.strip(), ""}
                : new String[] {
                    line.substring(0, colon).strip(), line.substring(colon + 1).strip()
                };
    }
}
