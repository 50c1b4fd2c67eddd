package org.diffusion4j.pipeline;

import static org.diffusion4j.Requirement.require;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.diffusion4j.picture.GeneratedImage;

/**
 * Plans that are drawn in the same batches.
 *
 * @param plans those that were joined
 * @param seeds the seed of each image of all plans, or of a part of them
 * @param labels the class of each; empty if there are none
 */
record JoinedPlans(List<SamplePlan> plans, List<Long> seeds, List<Integer> labels) {
    static JoinedPlans of(List<SamplePlan> plans) {
        require(!plans.isEmpty(), "plans", "at least one", "none");
        // A single plan is neither compared nor described: for a record of many options the JVM takes long to do either
        // at first.
        for (SamplePlan plan : plans.subList(1, plans.size())) {
            require(
                    alike(plans.get(0), plan),
                    "plans",
                    "the same sampler, options, steps and guidance, and all with labels or none",
                    plans.get(0) + " and " + plan);
        }
        List<Long> seeds = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        for (SamplePlan plan : plans) {
            LongStream.range(plan.seed(), plan.seed() + plan.images()).forEach(seeds::add);
            labels.addAll(plan.labels());
        }
        return new JoinedPlans(List.copyOf(plans), List.copyOf(seeds), List.copyOf(labels));
    }

    private static boolean alike(SamplePlan one, SamplePlan other) {
        return one.scheduler().equals(other.scheduler())
                && one.samplerOptions().equals(other.samplerOptions())
                && one.steps() == other.steps()
                && one.guidanceScale() == other.guidanceScale()
                && one.labels().isEmpty() == other.labels().isEmpty();
    }

    /** One of them, for what all have in common. */
    SamplePlan first() {
        return plans.get(0);
    }

    int images() {
        return seeds.size();
    }

    /** Some of the images. */
    JoinedPlans part(int first, int count) {
        return new JoinedPlans(
                plans,
                seeds.subList(first, first + count),
                labels.isEmpty() ? labels : labels.subList(first, first + count));
    }

    /** The pictures of each plan. */
    List<List<GeneratedImage>> divided(List<GeneratedImage> images) {
        List<List<GeneratedImage>> divided = new ArrayList<>();
        int first = 0;
        for (SamplePlan plan : plans) {
            divided.add(List.copyOf(images.subList(first, first + plan.images())));
            first += plan.images();
        }
        return divided;
    }
}
