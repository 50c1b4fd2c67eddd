package org.diffusion4j.data;

/**
 * The order of the pictures and everything else that is random, as functions of seed, epoch and picture. The algorithms are
 * written out here, so that a run can be continued on any machine and any version of Java.
 */
final class Shuffle {
    private Shuffle() {}

    /** A hash of three numbers: SplitMix64's finaliser (Steele, Lea and Flood 2014) after each. */
    static long hash(long seed, long epoch, long index) {
        return mix(mix(mix(seed + 0x9E3779B97F4A7C15L) + epoch) + index);
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return (z ^ (z >>> 31)) + 0x9E3779B97F4A7C15L;
    }

    /** A number from 0 to bound - 1, computed from the upper 32 bits of the hash. */
    static int bounded(long hash, int bound) {
        return (int) (((hash >>> 32) * bound) >>> 32);
    }

    /** An epoch's permutation of 0 … size - 1 (Fisher and Yates). */
    static int[] permutation(int size, long seed, long epoch) {
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int j = bounded(hash(seed, epoch, -1L - i), i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
