package org.diffusion4j.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.Diffusion4jException;

/**
 * Reads inputs one after another in the thread that asks, and judges each: what was thrown, the message, processor time and
 * memory. A {@link Watch} judges what happens meanwhile and in other threads.
 */
final class Trial {
    static final long MOST_NANOS = 2_000_000_000L;
    private static final long MOST_BYTES = 64L << 20;
    private static final int BYTES_PER_BYTE = 200;
    private static final int LONGEST_MESSAGE = 500;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /**
     * What went wrong.
     *
     * @param kind the same for what has the same cause, so that each is shown once
     * @param detail one line
     */
    record Failure(String kind, String detail) {}

    /** What went on, for the watch. */
    private volatile long mostBytes;

    private volatile long slowestNanos;
    private volatile long largestBytes;

    /** Processor time of the slowest input so far. */
    double slowestSeconds() {
        return slowestNanos / 1e9;
    }

    /** What the input that took most has taken, on the heap or beside it. */
    double largestMegabytes() {
        return largestBytes / 1e6;
    }

    /** What the input that is being read may take. */
    long mostBytes() {
        return mostBytes;
    }

    /** Empty where all is well: the input was read, or refused in a line. */
    Optional<Failure> of(FuzzedReader reader, byte[] input) {
        mostBytes = MOST_BYTES + (long) BYTES_PER_BYTE * input.length + reader.workBytes();
        long nativeBytes = Pointer.totalBytes();
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        long nanos = THREADS.getCurrentThreadCpuTime();
        Throwable thrown = null;
        try {
            reader.target().read(input);
        } catch (Throwable e) {
            thrown = e;
        }
        nanos = THREADS.getCurrentThreadCpuTime() - nanos;
        bytes = THREADS.getCurrentThreadAllocatedBytes() - bytes;
        nativeBytes = Pointer.totalBytes() - nativeBytes;
        slowestNanos = Math.max(slowestNanos, nanos);
        largestBytes = Math.max(largestBytes, Math.max(bytes, nativeBytes));
        String place = thrown == null ? "" : place(thrown);
        if (thrown != null && !(thrown instanceof Diffusion4jException)) {
            return Optional.of(new Failure(thrown.getClass().getName() + " at " + place, String.valueOf(thrown)));
        } else if (thrown != null && fault(thrown.getMessage()) != null) {
            String message = String.valueOf(thrown.getMessage());
            return Optional.of(new Failure("message " + fault(message) + " at " + place, escaped(message)));
        } else if (nanos > MOST_NANOS) {
            return Optional.of(new Failure(
                    "slow at " + place, String.format(Locale.ROOT, "%.1f s of processor time", nanos / 1e9)));
        } else if (Math.max(bytes, nativeBytes) > mostBytes) {
            return Optional.of(new Failure(
                    "memory at " + place,
                    String.format(
                            Locale.ROOT,
                            "%.1f MB on the heap and %.1f MB beside it for %d bytes",
                            bytes / 1e6,
                            nativeBytes / 1e6,
                            input.length)));
        }
        return Optional.empty();
    }

    /** What a message, or any line that is shown, must not be; null where it is well. */
    static String fault(String line) {
        if (line == null || line.isBlank()) {
            return "empty";
        } else if (line.length() >= LONGEST_MESSAGE) {
            return "too long";
        }
        return line.chars().anyMatch(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029)
                ? "with control characters"
                : null;
    }

    private static String escaped(String message) {
        String shown = message.length() < 700 ? message : message.substring(0, 700) + "… (" + message.length() + ")";
        return shown.codePoints()
                .mapToObj(c -> c < 32 || c > 126 ? String.format(Locale.ROOT, "\\u%04x", c) : Character.toString(c))
                .collect(Collectors.joining());
    }

    /** Where it comes from: the last frames, our own ones if there are. */
    static String place(Throwable thrown) {
        StackTraceElement[] stack = thrown.getStackTrace();
        String ours = frames(Arrays.stream(stack)
                .filter(frame -> frame.getClassName().startsWith("org.diffusion4j")
                        && !frame.getClassName().startsWith("org.diffusion4j.fuzz"))
                .toArray(StackTraceElement[]::new));
        String first = stack.length > 0 && !stack[0].getClassName().startsWith("org.diffusion4j")
                ? frames(new StackTraceElement[] {stack[0]}) + " < "
                : "";
        return first + (ours.isEmpty() ? frames(stack) : ours);
    }

    private static String frames(StackTraceElement[] stack) {
        return Arrays.stream(stack)
                .limit(3)
                .map(frame -> frame.getClassName().replaceFirst(".*\\.", "") + "." + frame.getMethodName() + ":"
                        + frame.getLineNumber())
                .collect(Collectors.joining(" < "));
    }
}
