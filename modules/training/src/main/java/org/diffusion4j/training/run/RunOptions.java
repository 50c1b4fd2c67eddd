package org.diffusion4j.training.run;

import static org.diffusion4j.Requirement.requireWithin;

import java.util.Collection;
import java.util.Set;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parallel.PhysicalCores;
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
 * @param resume whether to go on where an earlier run in the folder ended; from the beginning if there is none
 * @param allowed what may be another than when that run began
 */
public record RunOptions(
        long checkpointEvery,
        int keep,
        long sampleEvery,
        int sampleImages,
        EngineKind engine,
        int threads,
        Precision precision,
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
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Options by name; each method sets the record's component of its name. */
    public static final class Builder {
        private long checkpointEvery = 500;
        private int keep = 2;
        private long sampleEvery = 1000;
        private int sampleImages = 20;
        private EngineKind engine = EngineKind.AUTO;
        private int threads = PhysicalCores.count();
        private Precision precision = Precision.FP32;
        private boolean resume;
        private Set<RunDifference> allowed = Set.of();

        private Builder() {}

        /**
         * Sets how many steps lie between two checkpoints.
         *
         * @param checkpointEvery at least 1
         * @return this
         */
        public Builder checkpointEvery(long checkpointEvery) {
            this.checkpointEvery = checkpointEvery;
            return this;
        }

        /**
         * Sets how many of the last checkpoints stay.
         *
         * @param keep at least 1
         * @return this
         */
        public Builder keep(int keep) {
            this.keep = keep;
            return this;
        }

        /**
         * Sets how many steps lie between two grids of pictures.
         *
         * @param sampleEvery 0 for no grids
         * @return this
         */
        public Builder sampleEvery(long sampleEvery) {
            this.sampleEvery = sampleEvery;
            return this;
        }

        /**
         * Sets how many pictures a grid has.
         *
         * @param sampleImages from 1 to {@value RunOptions#MOST_IMAGES}
         * @return this
         */
        public Builder sampleImages(int sampleImages) {
            this.sampleImages = sampleImages;
            return this;
        }

        /**
         * Sets what runs the network.
         *
         * @param engine which
         * @return this
         */
        public Builder engine(EngineKind engine) {
            this.engine = engine;
            return this;
        }

        /**
         * Sets how many threads compute.
         *
         * @param threads from 1 to {@value RunOptions#MOST_THREADS}
         * @return this
         */
        public Builder threads(int threads) {
            this.threads = threads;
            return this;
        }

        /**
         * Sets what the network multiplies while it learns.
         *
         * @param precision which
         * @return this
         */
        public Builder precision(Precision precision) {
            this.precision = precision;
            return this;
        }

        /**
         * Sets whether the run goes on where an earlier one in the folder ended.
         *
         * @param resume false for a new run
         * @return this
         */
        public Builder resume(boolean resume) {
            this.resume = resume;
            return this;
        }

        /**
         * Sets what may be another than when the run began.
         *
         * @param allowed none for a run that goes on bit by bit
         * @return this
         */
        public Builder allowed(Collection<RunDifference> allowed) {
            this.allowed = Set.copyOf(allowed);
            return this;
        }

        /**
         * The options.
         *
         * @return valid ones
         * @throws IllegalArgumentException if one is out of its range
         */
        public RunOptions build() {
            return new RunOptions(
                    checkpointEvery, keep, sampleEvery, sampleImages, engine, threads, precision, resume, allowed);
        }
    }
}
