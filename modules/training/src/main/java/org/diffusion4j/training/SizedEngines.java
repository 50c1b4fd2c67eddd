package org.diffusion4j.training;

import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.weights.file.AvailableMemory;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network's engines: one for each size of its samples, opened when the first batch of that size comes, with the same parameters.
 * Where another one wouldn't have the memory, those that weren't used for the longest time are closed first, and opened anew when
 * their size comes again; that changes no result.
 */
final class SizedEngines implements AutoCloseable {
    /** The share of the memory that engines may take together; the rest is for parameters, pictures and drawing. */
    private static final double SHARE = 0.6;

    private final TrainedNetwork network;
    private final LocalGradients.Computer computer;
    private final FlatParameters parameters;
    private final long room;
    /** The one that was used last is the last one. */
    private final Map<SampleSize, GradientEngine> engines = new LinkedHashMap<>();

    SizedEngines(TrainedNetwork network, LocalGradients.Computer computer) {
        this(network, computer, (long) (SHARE * AvailableMemory.bytes()));
    }

    /** @param room the bytes that engines may take together, if there are several */
    SizedEngines(TrainedNetwork network, LocalGradients.Computer computer, long room) {
        this.network = network;
        this.computer = computer;
        this.room = room;
        SameDiff graph = network.graph(network.size());
        parameters = new FlatParameters(graph, network::trains);
        engines.put(network.size(), open(graph));
    }

    FlatParameters parameters() {
        return parameters;
    }

    GradientEngine of(INDArray samples) {
        SampleSize size = new SampleSize((int) samples.size(2), (int) samples.size(3));
        GradientEngine engine = engines.remove(size);
        if (engine == null) {
            makeRoom();
            SameDiff graph = network.graph(size);
            parameters.share(graph);
            engine = open(graph);
        }
        engines.put(size, engine);
        return engine;
    }

    /** For one that takes about as much as the largest so far. */
    private void makeRoom() {
        long another =
                engines.values().stream().mapToLong(GradientEngine::bytes).max().orElse(0);
        while (!engines.isEmpty()
                && engines.values().stream().mapToLong(GradientEngine::bytes).sum() + another > room) {
            engines.remove(engines.keySet().iterator().next()).close();
        }
    }

    /** How many are open. */
    int open() {
        return engines.size();
    }

    private GradientEngine open(SameDiff graph) {
        return computer.kind()
                .openGradients(
                        graph, parameters, false, computer.threads(), computer.precision(), computer.checkpointing());
    }

    @Override
    public void close() {
        engines.values().forEach(GradientEngine::close);
    }
}
