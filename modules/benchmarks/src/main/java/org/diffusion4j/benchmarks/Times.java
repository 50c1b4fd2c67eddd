package org.diffusion4j.benchmarks;

import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.util.MultisetStatistics;
import org.openjdk.jmh.util.Statistics;

/** How long a pass took, over several rounds; milliseconds. */
final class Times {
    private final MultisetStatistics all = new MultisetStatistics();

    /** Adds a round's. */
    void add(Statistics round) {
        for (Iterator<Map.Entry<Double, Long>> values = round.getRawData(); values.hasNext(); ) {
            Map.Entry<Double, Long> value = values.next();
            all.addValue(value.getKey(), value.getValue());
        }
    }

    double median() {
        return all.getPercentile(50);
    }

    /** Median and least, such as {@code 4.40 (4.25)}. */
    @Override
    public String toString() {
        return threeDigits(median()) + " (" + threeDigits(all.getMin()) + ")";
    }

    private static String threeDigits(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
    }
}
