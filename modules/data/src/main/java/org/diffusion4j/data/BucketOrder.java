package org.diffusion4j.data;

import java.util.ArrayList;
import java.util.List;

/**
 * The order in which buckets give batches. In an epoch each bucket gives the batches that begin with a picture of its own epoch of that
 * number. Its pictures go round without a gap: where the last batch isn't full, the first pictures of the bucket's next epoch fill it, and
 * aren't given again by that one. So no picture is left out or seen more often than others, and all batches are full; a bucket with
 * fewer pictures than a batch gives one in some epochs only, with several views of each. The order within an epoch is random.
 *
 * <p>The n-th batch depends on n, the buckets' sizes, the batch size and the seed only.
 */
final class BucketOrder {
    private final List<Integer> sizes;
    private final int batchSize;
    private final long seed;
    private long epoch = -1;
    /** The numbers of the epoch's first batch and of the next one's. */
    private long first;

    private long next;
    private List<Place> places = List.of();

    /**
     * A batch.
     *
     * @param bucket its number
     * @param number how many batches of the bucket come before it
     */
    record Place(int bucket, long number) {}

    /**
     * @param sizes how many pictures each bucket has, at least 1
     * @param batchSize at least 1
     * @param seed decides the order
     */
    BucketOrder(List<Integer> sizes, int batchSize, long seed) {
        this.sizes = sizes;
        this.batchSize = batchSize;
        this.seed = seed;
    }

    /** The batch of a number, from 0. */
    Place at(long number) {
        if (sizes.size() == 1) {
            return new Place(0, number);
        }
        if (epoch < 0 || number < first || number >= next) {
            go(number);
        }
        return places.get((int) (number - first));
    }

    private void go(long number) {
        long pictures = sizes.stream().mapToLong(Integer::longValue).sum();
        // Each bucket is ahead of its share by less than a batch.
        double least = ((double) number - sizes.size()) * batchSize / pictures;
        epoch = Math.max(0, (long) Math.floor(least) - 1);
        while (before(epoch + 1) <= number) {
            epoch++;
        }
        first = before(epoch);
        next = before(epoch + 1);
        List<Place> inOrder = new ArrayList<>();
        for (int bucket = 0; bucket < sizes.size(); bucket++) {
            long end = before(bucket, epoch + 1);
            for (long batch = before(bucket, epoch); batch < end; batch++) {
                inOrder.add(new Place(bucket, batch));
            }
        }
        places = new ArrayList<>();
        for (int place : Shuffle.permutation(inOrder.size(), Shuffle.hash(seed, -1, 0), epoch)) {
            places.add(inOrder.get(place));
        }
    }

    /** How many batches there are before an epoch. */
    private long before(long at) {
        long sum = 0;
        for (int bucket = 0; bucket < sizes.size(); bucket++) {
            sum += before(bucket, at);
        }
        return sum;
    }

    private long before(int bucket, long at) {
        long given = Math.multiplyExact(at, sizes.get(bucket));
        return given / batchSize + (given % batchSize == 0 ? 0 : 1);
    }
}
