package org.diffusion4j.data;

import static org.diffusion4j.Requirement.require;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Samples that were computed from pictures in buckets, in batches of one bucket each.
 *
 * @param buckets samples of one size each, with as many channels and without classes; at least one
 */
public record ComputedBuckets(List<ComputedSamples> buckets) implements PictureSource {
    /** Copies the list. */
    public ComputedBuckets {
        buckets = List.copyOf(buckets);
        require(!buckets.isEmpty(), "buckets", "at least one", "none");
        for (ComputedSamples bucket : buckets) {
            require(
                    bucket.channels() == buckets.get(0).channels()
                            && bucket.classNames().isEmpty(),
                    "buckets",
                    "samples of as many channels, without classes",
                    bucket.channels() + " and " + bucket.classNames());
        }
    }

    @Override
    public int size() {
        return buckets.stream().mapToInt(ComputedSamples::size).sum();
    }

    @Override
    public int channels() {
        return buckets.get(0).channels();
    }

    /** {@inheritDoc} That of the first one. */
    @Override
    public int height() {
        return buckets.get(0).height();
    }

    /** {@inheritDoc} That of the first one. */
    @Override
    public int width() {
        return buckets.get(0).width();
    }

    @Override
    public List<String> classNames() {
        return List.of();
    }

    @Override
    public Map<String, String> description() {
        Map<String, String> description = new LinkedHashMap<>();
        for (ComputedSamples bucket : buckets) {
            description.put(
                    bucket.width() + "x" + bucket.height(), bucket.description().toString());
        }
        return description;
    }

    @Override
    public BatchStream batches(int batchSize, long seed, long first) {
        return batches(batchSize, seed, BatchNumbers.from(first));
    }

    @Override
    public BatchStream batches(int batchSize, long seed, BatchNumbers numbers) {
        List<ParallelBatches.Part> parts =
                buckets.stream().map(ComputedSamples::part).toList();
        return new ParallelBatches(parts, 1, batchSize, seed, numbers);
    }
}
