package org.diffusion4j.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Pointer;

/**
 * Looks every few milliseconds at the thread that tries inputs and at those that readers start: for what never ends, and for
 * memory that is taken elsewhere. A thread that was started for an input ends with it, so that all it has taken counts.
 */
final class Watch {
    private static final int MILLIS = 10;
    /** A hang is told by processor time, or where a thread just waits by the clock. */
    private static final long LONGEST_WAIT_NANOS = 120_000_000_000L;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Thread worker;
    private final Trial trial;
    private final Set<Long> before = new HashSet<>();
    private int index = -1;
    private long began;
    private long cpuThen;
    private long nativeThen;

    Watch(Thread worker, Trial trial) {
        this.worker = worker;
        this.trial = trial;
        Arrays.stream(THREADS.getAllThreadIds()).forEach(before::add);
    }

    /** @return what the input that is being read does wrong while it is read */
    Optional<Trial.Failure> look(int current) throws InterruptedException {
        worker.join(MILLIS);
        if (current != index) {
            index = current;
            began = System.nanoTime();
            cpuThen = THREADS.getThreadCpuTime(worker.getId());
            nativeThen = Pointer.totalBytes();
            return Optional.empty();
        }
        long most = trial.mostBytes();
        long took = Pointer.totalBytes() - nativeThen;
        for (long id : THREADS.getAllThreadIds()) {
            if (!before.contains(id)) {
                if (THREADS.getThreadAllocatedBytes(id) > most) {
                    took = Math.max(took, THREADS.getThreadAllocatedBytes(id));
                }
                if (THREADS.getThreadCpuTime(id) > Trial.MOST_NANOS) {
                    return Optional.of(new Trial.Failure("slow in another thread", stack(id)));
                }
            }
        }
        if (took > most) {
            return Optional.of(new Trial.Failure(
                    "memory elsewhere", String.format(Locale.ROOT, "%.1f MB, %s", took / 1e6, stack(worker.getId()))));
        }
        long cpu = THREADS.getThreadCpuTime(worker.getId()) - cpuThen;
        if (worker.isAlive() && (cpu > 2 * Trial.MOST_NANOS || System.nanoTime() - began > LONGEST_WAIT_NANOS)) {
            return Optional.of(new Trial.Failure("hang", stack(worker.getId())));
        }
        return Optional.empty();
    }

    private static String stack(long id) {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(entry -> entry.getKey().getId() == id)
                .map(Map.Entry::getValue)
                .flatMap(Arrays::stream)
                .limit(30)
                .map(String::valueOf)
                .collect(Collectors.joining(" < "));
    }
}
