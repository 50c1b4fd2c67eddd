package org.diffusion4j.training.run;

import static org.diffusion4j.Requirement.requireWithin;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.Set;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.training.record.RunDifference;

/**
 * What a run does beside learning; none of it changes the result, but for engine and threads in the last bits, and bf16 in
 * the third digit of a step. {@link #builder()} has the defaults, which are the command line's.
 *
 * @param checkpointEvery so many steps a checkpoint is written, at least 1; also at the end, and where a run is stopped
 * @param keep how many of the last checkpoints stay, at least 1; the one with the lowest loss stays besides
 * @param sampleEvery so many steps pictures are drawn; 0 for never
 * @param sampleImages how many, from 1 to {@value #MOST_IMAGES}; spread over the classes
 * @param engine what runs the network
 * @param threads how many, from 1 to {@value #MOST_THREADS}
 * @param precision what the network multiplies while it learns; sums, parameters and the optimiser's state are in float32
 *     always, and so is all that draws samples
 * @param checkpointing whether a step computes parts of the forward pass twice, in place of keeping all that the backward pass
 *     reads: less memory, more time, and the same weights to the bit, so that a run may go on with another choice
 * @param resume whether to go on where an earlier run in the folder ended; from the beginning if there is none
 * @param allowed what may be another than when that run began
 */
@RecordBuilder
public record RunOptions(
        long checkpointEvery,
        int keep,
        long sampleEvery,
        int sampleImages,
        EngineKind engine,
        int threads,
        Precision precision,
        boolean checkpointing,
        boolean resume,
        Set<RunDifference> allowed) {
    /** More is no grid that one looks at. */
    public static final int MOST_IMAGES = 10_000;
    /** No processor has more cores, and a system's limit isn't far. */
    public static final int MOST_THREADS = 1024;

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
     * @param checkpointing see the record
     * @param resume see the record
     * @param allowed see the record
     * @throws IllegalArgumentException if one is out of its range
     */
    public RunOptions {
        requireWithin("checkpoint-every", 1, Long.MAX_VALUE, checkpointEvery);
        requireWithin("keep", 1, Integer.MAX_VALUE, keep);
        requireWithin("sample-every", 0, Long.MAX_VALUE, sampleEvery);
        requireWithin("sample-images", 1, MOST_IMAGES, sampleImages);
        requireWithin("threads", 1, MOST_THREADS, threads);
        allowed = Set.copyOf(allowed);
    }

    /**
     * What is done where nothing is said.
     *
     * @return {@code builder().build()}
     */
    public static RunOptions defaults() {
        return builder().build();
    }

    /**
     * Options to be changed: a checkpoint every 500 steps, of which 2 stay, 20 pictures every 1000; the fastest engine in
     * float32 on all cores; a new run.
     *
     * @return a builder, each of whose methods sets the record's component of its name
     */
    public static RunOptionsBuilder builder() {
        return RunOptionsBuilder.builder()
                .checkpointEvery(500)
                .keep(2)
                .sampleEvery(1000)
                .sampleImages(20)
                .engine(EngineKind.AUTO)
                .threads(PhysicalCores.count())
                .precision(Precision.FP32)
                .allowed(Set.of());
    }

    /**
     * What computes a step.
     *
     * @return engine, threads, precision and checkpointing
     */
    public LocalGradients.Computer computer() {
        return new LocalGradients.Computer(engine, threads, precision, checkpointing);
    }
}
