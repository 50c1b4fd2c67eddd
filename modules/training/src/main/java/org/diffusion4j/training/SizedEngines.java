package org.diffusion4j.training;

import java.util.HashMap;
import java.util.Map;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.SampleSize;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A network's engines: one for each size of its samples, opened when the first batch of that size comes, with the same parameters. */
final class SizedEngines implements AutoCloseable {
    private final TrainedNetwork network;
    private final LocalGradients.Computer computer;
    private final FlatParameters parameters;
    private final Map<SampleSize, GradientEngine> engines = new HashMap<>();

    SizedEngines(TrainedNetwork network, LocalGradients.Computer computer) {
        this.network = network;
        this.computer = computer;
        SameDiff graph = network.graph(network.size());
        parameters = new FlatParameters(graph, network::trains);
        engines.put(network.size(), open(graph));
    }

    FlatParameters parameters() {
        return parameters;
    }

    GradientEngine of(INDArray samples) {
        SampleSize size = new SampleSize((int) samples.size(2), (int) samples.size(3));
        return engines.computeIfAbsent(size, another -> {
            SameDiff graph = network.graph(another);
            parameters.share(graph);
            return open(graph);
        });
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
