package org.diffusion4j.benchmarks;

import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.openjdk.jmh.util.MultisetStatistics;
import org.openjdk.jmh.util.Statistics;

/** How long a pass took, over several rounds, in milliseconds, and how much memory. */
final class Times {
    private final MultisetStatistics all = new MultisetStatistics();
    /** 0 if the system doesn't report it. */
    private long mostMegabytes;

    /**
     * Adds a round's.
     *
     * @param peak the most memory of its process, in MiB
     */
    void add(Statistics round, OptionalLong peak) {
        mostMegabytes = Math.max(mostMegabytes, peak.orElse(0));
        for (Iterator<Map.Entry<Double, Long>> values = round.getRawData(); values.hasNext(); ) {
            Map.Entry<Double, Long> value = values.next();
            all.addValue(value.getKey(), value.getValue());
        }
    }

    double median() {
        return all.getPercentile(50);
    }

    /** Median and least, and the most memory, such as {@code 4.40 (4.25), 310 MB}. */
    @Override
    public String toString() {
        String peak = mostMegabytes == 0 ? "" : ", " + mostMegabytes + " MB";
        return threeDigits(median()) + " (" + threeDigits(all.getMin()) + ")" + peak;
    }

    private static String threeDigits(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
    }
}
