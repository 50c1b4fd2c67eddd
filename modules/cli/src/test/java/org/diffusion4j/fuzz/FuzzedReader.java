package org.diffusion4j.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Something that reads files from outside.
 *
 * @param name in lists and for a replay
 * @param share of all inputs, beside the others': the more, the quicker it reads
 * @param seeds files that it reads well, for the most part
 * @param form how they are changed
 * @param target reads one
 * @param workBytes what it allocates besides reading, where something is computed too
 */
record FuzzedReader(String name, int share, List<byte[]> seeds, Form form, Target target, long workBytes) {
    FuzzedReader(String name, int share, List<byte[]> seeds, Form form, Target target) {
        this(name, share, seeds, form, target, 0);
    }

    /** Reads an input; what it throws is judged. */
    @FunctionalInterface
    interface Target {
        /** @throws Exception a Diffusion4jException where the input is bad; all others are failures */
        void read(byte[] input) throws Exception;
    }

    /** The input of that number: the same whenever it is asked for. */
    byte[] input(long seed, int index) {
        Random random = new Random((name.hashCode() * 31L + seed) * 1_000_003L + index);
        random.nextLong();
        byte[] file = seeds.get(random.nextInt(seeds.size()));
        byte[] other = seeds.get(random.nextInt(seeds.size()));
        byte[] input = form.mutated(file, other, random);
        return input.length <= ByteMutations.MOST_BYTES ? input : Arrays.copyOf(input, ByteMutations.MOST_BYTES);
    }

    @Override
    public String toString() {
        return name;
    }
}
