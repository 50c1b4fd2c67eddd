package org.diffusion4j.training;

import java.util.Locale;
import java.util.stream.LongStream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.pipeline.SameDiffMemory;
import org.diffusion4j.weights.file.AvailableMemory;

/**
 * Estimates the memory of a run at its largest step, and checks whether the machine has it.
 *
 * @param fixed bytes whatever the batch: parameters, their gradients, the optimiser's state, copies for a checkpoint, the
 *     JVM
 * @param image bytes for each image of a batch
 * @param vector bytes of a vector as long as all parameters together, which each partial sum of a step of many batches takes
 */
public record TrainingMemory(long fixed, long image, long vector) {
    private static final long JVM = 400L << 20;
    /** Weights of a 3×3 convolution for each pair of channels. */
    private static final int CONVOLUTION = 9;
    /**
     * Of all parameters: values, gradients, two moments, average; the model that it began with; and, while pictures are
     * drawn, that model's weights, its graph's and its engine's.
     */
    private static final int COPIES = 9;
    /**
     * By the resident memory of two networks ({@code UNetPreset}'s SMALL with 16, 64 and 128 images, 5.3 MB per image, and
     * CIFAR10 with 8 and 16, 25 MB), against what {@link SameDiffMemory} has for a forward pass by SameDiff.
     */
    private static final double ONEDNN_FACTOR = 0.4;

    /** The same factor with checkpointing, by the same networks. */
    private static final double CHECKPOINTING_FACTOR = 0.25;

    /** The same factor for SameDiff, which keeps the arrays of both passes. */
    private static final double SAMEDIFF_FACTOR = 2.5;

    /**
     * Estimates the memory for training a network.
     *
     * @param config its options, with a sample size
     * @param engine the engine that computes
     * @param checkpointing whether steps compute parts of the forward pass twice
     * @return an estimate
     */
    public static TrainingMemory of(UNetConfig config, EngineKind engine, boolean checkpointing) {
        // In double: what numbers on a command line multiply to is beyond long's range.
        double parameters = config.parameterShapes().values().stream()
                .mapToDouble(shape -> LongStream.of(shape).asDoubleStream().reduce(1, (a, b) -> a * b))
                .sum();
        double compiled = checkpointing ? CHECKPOINTING_FACTOR : ONEDNN_FACTOR;
        double factor = engine == EngineKind.SAMEDIFF ? SAMEDIFF_FACTOR : compiled;
        double image = SameDiffMemory.of(config, 0, 1).activations();
        double vector = Float.BYTES * parameters;
        return new TrainingMemory((long) (JVM + COPIES * vector), (long) (factor * image), (long) vector);
    }

    /**
     * The whole memory that is needed.
     *
     * @param batch the number of images per batch
     * @return bytes
     */
    public long bytes(int batch) {
        return (long) (fixed + (double) batch * image);
    }

    /**
     * The memory of the partial sums that a {@link GradientTree} holds at a time.
     *
     * @param batches the number of batches per step
     * @return bytes; 0 for one batch
     */
    private double sums(long batches) {
        return (double) (Long.SIZE - Long.numberOfLeadingZeros(batches - 1)) * vector;
    }

    /**
     * Checks that a plan fits this machine, or what JavaCPP may use of it.
     *
     * @param config the network's options, with a sample size
     * @param plan with the size of a batch
     * @param engine the engine that computes
     * @param checkpointing whether steps compute parts of the forward pass twice
     * @return the bytes that it takes
     * @throws Diffusion4jException if it doesn't; the message proposes the largest batch that does
     */
    public static long check(UNetConfig config, TrainingPlan plan, EngineKind engine, boolean checkpointing) {
        return of(config, engine, checkpointing).check(plan, AvailableMemory.bytes());
    }

    /**
     * Checks that a network can be trained on this machine at all, by the number of its parameters.
     *
     * @throws Diffusion4jException if not
     */
    static void check(UNetConfig config) {
        double least = Float.BYTES * COPIES * leastParameters(config);
        // The number itself takes a graph, which takes long for a network of thousands of layers.
        double fixed = least > AvailableMemory.bytes() ? least : of(config, EngineKind.AUTO, false).fixed;
        if (fixed > AvailableMemory.bytes()) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "memory: expected a network that trains in %.1f GB, found one whose parameters take about %.1f GB:"
                            + " take narrower or fewer layers",
                    AvailableMemory.bytes() / 1e9,
                    fixed / 1e9));
        }
    }

    /** Those of the second convolution of each residual block. */
    private static double leastParameters(UNetConfig config) {
        double blocks = 2.0 * config.layersPerBlock() + 1;
        return config.blockOutChannels().stream()
                .mapToDouble(channels -> blocks * CONVOLUTION * channels * channels)
                .sum();
    }

    /**
     * Computes the largest batch that fits.
     *
     * @param available bytes
     * @return the number of images; 0 if not even one fits
     */
    public long largestBatch(long available) {
        return Math.max(0, (available - fixed) / image);
    }

    long check(TrainingPlan plan, long available) {
        double needed = bytes(plan.batchSize()) + sums(plan.accumulation());
        if (needed <= available) {
            return (long) needed;
        }
        long images = (long) plan.batchSize() * plan.accumulation();
        // With the sums of the most batches that these images may be cut into.
        long largest = Math.min(plan.batchSize(), largestBatch((long) (available - sums(images))));
        String remedy = "not even one image fits: take a smaller network or smaller images";
        if (largest >= 1) {
            long batches = (images + largest - 1) / largest;
            remedy = batches > TrainingPlan.MOST_IMAGES
                    ? "--batch " + largest + " fits"
                    : "--batch " + (images + batches - 1) / batches + " --accumulation " + batches
                            + " fits, with about as many images per step";
        }
        throw new Diffusion4jException(String.format(
                Locale.ROOT,
                "memory: expected at most %.1f GB, found that a batch of %d takes about %.1f GB; %s",
                available / 1e9,
                plan.batchSize(),
                needed / 1e9,
                remedy));
    }
}
