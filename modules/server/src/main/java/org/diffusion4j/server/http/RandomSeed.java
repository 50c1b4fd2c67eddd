package org.diffusion4j.server.http;

import java.util.concurrent.ThreadLocalRandom;

/** Seeds for clients that name none. */
public final class RandomSeed {
    private RandomSeed() {}

    /**
     * A seed.
     *
     * @return from 0 to 2^32 − 1, which every client can write down
     */
    public static long next() {
        return ThreadLocalRandom.current().nextLong(1L << 32);
    }
}
