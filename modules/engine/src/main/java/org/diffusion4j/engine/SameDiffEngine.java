package org.diffusion4j.engine;

import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The reference engine of a denoising network, in which {@linkplain SameDiffGraph SameDiff runs the graph}. */
public final class SameDiffEngine implements NoisePredictor {
    private final SameDiffGraph graph;
    private final String output;

    /**
     * Makes an engine for a network's graph, on as many threads as ND4J uses by default.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; one output, {@code out_sample}
     */
    public SameDiffEngine(SameDiff graph) {
        this(graph, NetworkInputs.OUTPUT);
    }

    /**
     * Makes an engine for a network's graph.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; one output, {@code out_sample}
     * @param threads the number of threads that compute, at least 1
     */
    public SameDiffEngine(SameDiff graph, int threads) {
        this.graph = new SameDiffGraph(graph, List.of(NetworkInputs.OUTPUT), threads);
        this.output = NetworkInputs.OUTPUT;
    }

    /**
     * Makes an engine for a graph whose output has another name.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others
     * @param output the name of the output
     */
    public SameDiffEngine(SameDiff graph, String output) {
        this.graph = new SameDiffGraph(graph, List.of(output), null);
        this.output = output;
    }

    @Override
    public INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
        return graph.run(NetworkInputs.named(sample, timestep, conditioning)).get(output);
    }

    @Override
    public void close() {
        graph.close();
    }
}
