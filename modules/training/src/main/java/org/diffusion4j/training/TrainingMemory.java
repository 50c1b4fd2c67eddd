package org.diffusion4j.training;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.zoo.MemoryEstimate;

/**
 * What a run needs at its largest step, about, and whether the machine has it.
 *
 * @param fixed bytes whatever the batch: parameters, their gradients, the optimiser's state, copies for a checkpoint, the
 *     JVM
 * @param image bytes for each image of a batch
 */
record TrainingMemory(long fixed, long image) {
    private static final long JVM = 400L << 20;
    /**
     * Of all parameters: values, gradients, two moments, average; the model that it began with; and, while pictures are
     * drawn, that model's weights, its graph's and its engine's.
     */
    private static final int COPIES = 9;
    /**
     * By the resident memory of two networks ({@code UNetPreset}'s SMALL with 16, 64 and 128 images, 5.3 MB an image, and
     * CIFAR10 with 8 and 16, 25 MB), against what {@link MemoryEstimate} has for a forward pass by SameDiff.
     */
    private static final double ONEDNN_FACTOR = 0.4;

    /** Likewise; SameDiff keeps the arrays of both passes. */
    private static final double SAMEDIFF_FACTOR = 2.5;

    static TrainingMemory of(UNetConfig config, EngineKind engine) {
        long parameters = UNetGraph.parameterShapes(config).values().stream()
                .mapToLong(TrainingMemory::length)
                .sum();
        double factor = engine == EngineKind.SAMEDIFF ? SAMEDIFF_FACTOR : ONEDNN_FACTOR;
        long image = MemoryEstimate.of(config, 0, 1).activations();
        return new TrainingMemory(JVM + Float.BYTES * COPIES * parameters, (long) (factor * image));
    }

    private static long length(long[] shape) {
        long length = 1;
        for (long dimension : shape) {
            length *= dimension;
        }
        return length;
    }

    long bytes(int batch) {
        return fixed + batch * image;
    }

    /**
     * Checks that a plan fits this machine, or what JavaCPP may use of it.
     *
     * @throws Diffusion4jException that proposes the largest batch that does
     */
    static void check(UNetConfig config, TrainingPlan plan, EngineKind engine) {
        long machine = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
        long allowed = Pointer.maxPhysicalBytes();
        of(config, engine).check(plan, allowed > 0 ? Math.min(machine, allowed) : machine);
    }

    void check(TrainingPlan plan, long available) {
        if (bytes(plan.batchSize()) <= available) {
            return;
        }
        long images = (long) plan.batchSize() * plan.accumulation();
        long largest = Math.min(plan.batchSize(), (available - fixed) / image);
        String remedy = "not even one image fits: take a smaller network or smaller images";
        if (largest >= 1) {
            long batches = (images + largest - 1) / largest;
            remedy = String.format(
                    Locale.ROOT,
                    "--batch %d --accumulation %d fits, with about as many images a step",
                    (images + batches - 1) / batches,
                    batches);
        }
        throw new Diffusion4jException(String.format(
                Locale.ROOT,
                "memory: expected at most %.1f GB, found that a batch of %d takes about %.1f GB; %s",
                available / 1e9,
                plan.batchSize(),
                bytes(plan.batchSize()) / 1e9,
                remedy));
    }
}
