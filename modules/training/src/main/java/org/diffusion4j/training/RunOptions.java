package org.diffusion4j.training;

import java.util.Locale;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.PhysicalCores;
import org.diffusion4j.engine.Precision;

/**
 * What a run does beside learning; none of it changes the result, but for engine and threads in the last
 * bits, and bf16 in the third digit of a step.
 *
 * @param checkpointEvery so many steps a checkpoint is written, at least 1; also at the end, and where a run is stopped
 * @param keep how many of the last checkpoints stay, at least 1; the one with the lowest loss stays besides
 * @param sampleEvery so many steps pictures are drawn; 0 for never
 * @param sampleImages how many, at least 1; spread over the classes
 * @param engine what runs the network
 * @param threads how many, at least 1
 * @param precision what the network multiplies while it learns; sums, parameters and the optimiser's state are in float32
 *     always, and so is all that draws samples
 * @param resume whether to go on where an earlier run in the folder ended; from the beginning if there is none
 */
public record RunOptions(
        long checkpointEvery,
        int keep,
        long sampleEvery,
        int sampleImages,
        EngineKind engine,
        int threads,
        Precision precision,
        boolean resume) {
    /** A checkpoint every 500 steps, of which 2 stay, 16 pictures every 1000; the fastest engine in float32 on all cores. */
    public static final RunOptions DEFAULT =
            new RunOptions(500, 2, 1000, 16, EngineKind.AUTO, PhysicalCores.count(), Precision.FP32, false);

    /**
     * Checks the ranges.
     *
     * @param checkpointEvery see the record
     * @param keep see the record
     * @param sampleEvery see the record
     * @param sampleImages see the record
     * @param engine see the record
     * @param threads see the record
     * @param precision see the record
     * @param resume see the record
     * @throws IllegalArgumentException if one is out of its range
     */
    public RunOptions {
        require("checkpoint-every", checkpointEvery, 1);
        require("keep", keep, 1);
        require("sample-every", sampleEvery, 0);
        require("sample-images", sampleImages, 1);
        require("threads", threads, 1);
    }

    private static void require(String name, long found, long least) {
        if (found < least) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s: expected at least %d, found %d", name, least, found));
        }
    }
}
