package org.diffusion4j.training.run;

import java.util.ArrayDeque;
import java.util.Deque;

/** How fast the steps of the last seconds were: what the machine does now, not what it did on average since last night. */
final class RecentSpeed {
    private static final double WINDOW_SECONDS = 10;

    private record Step(double seconds, long images) {}

    private final Deque<Step> steps = new ArrayDeque<>();
    private double seconds;
    private long images;

    /**
     * Adds a step.
     *
     * @param took how long, in seconds
     * @param drewOn how many images
     * @return images a second, over the steps of the last ten seconds, and over one step at least
     */
    double add(double took, long drewOn) {
        steps.addLast(new Step(took, drewOn));
        seconds += took;
        images += drewOn;
        while (steps.size() > 1 && seconds - steps.getFirst().seconds() >= WINDOW_SECONDS) {
            Step oldest = steps.removeFirst();
            seconds -= oldest.seconds();
            images -= oldest.images();
        }
        return images / seconds;
    }
}
