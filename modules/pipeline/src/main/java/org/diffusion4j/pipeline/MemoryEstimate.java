package org.diffusion4j.pipeline;

import java.util.List;
import java.util.function.Predicate;
import org.diffusion4j.engine.PlannedMemory;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.NetworkGraph;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.weights.file.PeakMemory;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * The resident memory that a process takes while the oneDNN engine runs a network, found before it runs: the network is
 * compiled without reading or allocating anything.
 *
 * @param process what the process takes besides: Java, ND4J, oneDNN and what they keep for themselves
 * @param weights the packed weights; in training the parameters, their gradients, an optimiser's two moments and an average of
 *     the parameters, too
 * @param activations all arrays of a run
 */
public record MemoryEstimate(long process, long weights, long activations) {
    /** What a process took in addition once a network had run: compiled code and kernels (small, cifar and celebahq, measured). */
    private static final long RUNNING = 30L << 20;

    /** What a process takes that has loaded ND4J, where the system doesn't tell. */
    private static final long LOADED = 200L << 20;

    /** Two moments and an average of the parameters. */
    private static final int COPIES_IN_TRAINING = 3;

    /**
     * Estimates the memory of a forward pass.
     *
     * @param config the network's options
     * @param graph the network's graph, of the size that is asked for; its weights are neither drawn nor read
     * @param batch images at once, at least 1; guidance doubles it
     * @param threads the number of threads, at least 1
     * @param precision the type of the numbers that are multiplied
     * @return the estimate
     * @throws org.diffusion4j.samediff.UnsupportedGraphException if the engine doesn't know an op of the network
     * @throws LinkageError if oneDNN's natives are missing
     */
    public static MemoryEstimate forward(
            NetworkConfig config, NetworkGraph<?> graph, int batch, int threads, Precision precision) {
        SameDiff built = built(graph);
        PlannedMemory planned = PlannedMemory.forward(built, outputs(config, built), batch, threads, precision);
        return new MemoryEstimate(ofProcess(), planned.weights(), planned.arrays());
    }

    /**
     * Estimates the memory of a step of training with AdamW and an average of the weights.
     *
     * @param config the network's options
     * @param graph as for a forward pass, for training
     * @param batch images at once, at least 1
     * @param threads the number of threads, at least 1
     * @param precision the type of the numbers that are multiplied
     * @param checkpointing whether the backward pass computes parts of the forward pass once more
     * @return the estimate
     * @throws org.diffusion4j.samediff.UnsupportedGraphException if the engine doesn't know an op of the network
     * @throws LinkageError if oneDNN's natives are missing
     */
    public static MemoryEstimate training(
            NetworkConfig config,
            NetworkGraph<?> graph,
            int batch,
            int threads,
            Precision precision,
            boolean checkpointing) {
        SameDiff built = built(graph.training(true));
        PlannedMemory planned = PlannedMemory.training(
                built, outputs(config, built), batch, threads, precision, parameter -> true, checkpointing);
        long optimiser = COPIES_IN_TRAINING * Float.BYTES * config.parameterCount();
        return new MemoryEstimate(ofProcess(), planned.weights() + planned.parameters() + optimiser, planned.arrays());
    }

    /**
     * Estimates the memory of a step of training a part of a graph with AdamW and an average of what learns.
     *
     * @param graph the graph, for training, whose weights are neither drawn nor read
     * @param output the name of what it gives
     * @param batch images at once, at least 1
     * @param threads the number of threads, at least 1
     * @param precision the type of the numbers that are multiplied
     * @param trainable says by name which variables learn
     * @param checkpointing whether the backward pass computes parts of the forward pass once more
     * @return the estimate
     * @throws org.diffusion4j.samediff.UnsupportedGraphException if the engine doesn't know an op of the network
     * @throws LinkageError if oneDNN's natives are missing
     */
    public static MemoryEstimate training(
            SameDiff graph,
            String output,
            int batch,
            int threads,
            Precision precision,
            Predicate<String> trainable,
            boolean checkpointing) {
        PlannedMemory planned =
                PlannedMemory.training(graph, List.of(output), batch, threads, precision, trainable, checkpointing);
        // The parameters and their gradients are two copies.
        long optimiser = planned.parameters() / 2 * COPIES_IN_TRAINING;
        return new MemoryEstimate(ofProcess(), planned.weights() + planned.parameters() + optimiser, planned.arrays());
    }

    /**
     * All of it.
     *
     * @return the sum of the parts, in bytes
     */
    public long bytes() {
        return process + weights + activations;
    }

    private static SameDiff built(NetworkGraph<?> graph) {
        return graph.sharedWeights(graph.initialWeights(0)).build();
    }

    /** The outputs that a graph has: that of a part of an autoencoder doesn't have them all. */
    private static List<String> outputs(NetworkConfig config, SameDiff graph) {
        return config.outputs().stream()
                .map(NetworkTensor::name)
                .filter(graph::hasVariable)
                .toList();
    }

    private static long ofProcess() {
        return RUNNING + PeakMemory.residentBytes().orElse(LOADED);
    }
}
