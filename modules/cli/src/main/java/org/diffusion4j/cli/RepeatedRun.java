package org.diffusion4j.cli;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/** Measures how long something takes by running it many times. */
final class RepeatedRun {
    private static final int WARM_UP_RUNS = 3;
    private static final int RUNS = 15;
    private static final int FEWEST_RUNS = 5;
    private static final long LEAST_TIME = TimeUnit.SECONDS.toNanos(1);
    private static final long MOST_TIME = TimeUnit.SECONDS.toNanos(20);

    private RepeatedRun() {}

    /**
     * Measures the median time.
     *
     * @param run what is timed
     * @param warmUpSeconds how long it runs before it is timed, since Java takes seconds to compile what runs often
     * @return milliseconds per run: the median of at least {@value #RUNS} runs, or of as many as fit into 20 s
     */
    static double medianMillis(Runnable run, double warmUpSeconds) {
        long start = System.nanoTime();
        for (int i = 0; i < WARM_UP_RUNS || System.nanoTime() - start < warmUpSeconds * 1e9; i++) {
            run.run();
        }
        LongStream.Builder times = LongStream.builder();
        long begin = System.nanoTime();
        long now = begin;
        for (int i = 0; i < FEWEST_RUNS || wanted(i, now - begin); i++) {
            long before = now;
            run.run();
            now = System.nanoTime();
            times.add(now - before);
        }
        return median(times.build().toArray()) / 1e6;
    }

    private static boolean wanted(int runs, long elapsed) {
        return elapsed < MOST_TIME && (runs < RUNS || elapsed < LEAST_TIME);
    }

    static double median(long... values) {
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
    }
}
