package org.diffusion4j.server.http;

import java.util.Map;
import java.util.TreeMap;

/** How many requests got which status. */
public final class HttpCounts {
    private final Map<Integer, Long> statuses = new TreeMap<>();

    /**
     * Counts an answer.
     *
     * @param status such as 200
     */
    public synchronized void answered(int status) {
        statuses.merge(status, 1L, Long::sum);
    }

    /**
     * The counts now.
     *
     * @return how many answers by status
     */
    public synchronized Map<Integer, Long> now() {
        return new TreeMap<>(statuses);
    }
}
