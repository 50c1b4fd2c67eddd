package org.diffusion4j.server.job;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** What a server has done so far, for those who watch it. */
public final class JobCounts {
    private final Map<JobState, Long> ended = new EnumMap<>(JobState.class);
    private final Map<String, Steps> steps = new TreeMap<>();
    private long pictures;
    private long refused;

    /**
     * The steps of a model's network.
     *
     * @param count how many
     * @param seconds how long they took together
     * @param pictures the pictures that went through the network in them, added up
     */
    public record Steps(long count, double seconds, long pictures) {
        private Steps plus(double more, int batch) {
            return new Steps(count + 1, seconds + more, pictures + batch);
        }
    }

    /**
     * All counts at one moment.
     *
     * @param ended the jobs that ended, by how
     * @param pictures the pictures drawn
     * @param refused the jobs that weren't taken
     * @param steps the steps by model
     */
    public record Snapshot(Map<JobState, Long> ended, long pictures, long refused, Map<String, Steps> steps) {}

    JobCounts() {
        for (JobState state : JobState.values()) {
            if (state.isEnd()) {
                ended.put(state, 0L);
            }
        }
    }

    synchronized void ended(JobState how) {
        ended.merge(how, 1L, Long::sum);
    }

    synchronized void refused() {
        refused++;
    }

    synchronized void drawn(int count) {
        pictures += count;
    }

    synchronized void stepped(String model, double seconds, int batch) {
        steps.put(model, steps.getOrDefault(model, new Steps(0, 0, 0)).plus(seconds, batch));
    }

    /**
     * The counts now.
     *
     * @return a copy
     */
    public synchronized Snapshot now() {
        return new Snapshot(new EnumMap<>(ended), pictures, refused, new TreeMap<>(steps));
    }
}
