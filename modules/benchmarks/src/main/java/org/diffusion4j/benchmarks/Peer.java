package org.diffusion4j.benchmarks;

/** A network made ready to run, with its inputs where it wants them. */
interface Peer extends AutoCloseable {
    /** @return the network's output [N, C', H, W], row-major: from there on a sampler's arithmetic is Java's own */
    float[] run();

    @Override
    void close();
}
