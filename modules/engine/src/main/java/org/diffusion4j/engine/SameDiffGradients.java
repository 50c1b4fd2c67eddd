package org.diffusion4j.engine;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The reference engine of a denoising network's gradients: {@linkplain SameDiffGraphGradients SameDiff differentiates it}. */
public final class SameDiffGradients implements GradientEngine {
    private final FlatParameters parameters;
    private final boolean sampleGradient;
    private final SameDiffGraphGradients graph;
    private final int threads;

    /**
     * Makes an engine for a network's graph.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}; it isn't changed
     * @param parameters the graph's parameters
     * @param sampleGradient whether the gradient of the sample is needed as well
     * @param threads the number of threads that compute, at least 1
     */
    public SameDiffGradients(SameDiff graph, FlatParameters parameters, boolean sampleGradient, int threads) {
        this.threads = PhysicalCores.checkedThreads(threads);
        this.parameters = parameters;
        this.sampleGradient = sampleGradient;
        this.graph = new SameDiffGraphGradients(
                graph,
                List.of(NetworkInputs.OUTPUT),
                parameters,
                sampleGradient ? List.of(NetworkInputs.SAMPLE) : List.of(),
                threads);
    }

    @Override
    public FlatParameters parameters() {
        return parameters;
    }

    @Override
    public INDArray accumulate(
            INDArray sample,
            INDArray timestep,
            Map<String, INDArray> conditioning,
            UnaryOperator<INDArray> outputGradient) {
        return SameDiffGraph.on(
                threads, () -> accumulated(NetworkInputs.named(sample, timestep, conditioning), outputGradient));
    }

    private INDArray accumulated(Map<String, INDArray> inputs, UnaryOperator<INDArray> outputGradient) {
        try (INDArray output = graph.run(inputs).get(NetworkInputs.OUTPUT)) {
            Map<String, INDArray> ofInputs = graph.backward(Map.of(NetworkInputs.OUTPUT, outputGradient.apply(output)));
            return sampleGradient ? ofInputs.get(NetworkInputs.SAMPLE) : null;
        }
    }

    @Override
    public INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
        return SameDiffGraph.on(threads, () -> graph.run(NetworkInputs.named(sample, timestep, conditioning))
                .get(NetworkInputs.OUTPUT));
    }

    @Override
    public void close() {
        graph.close();
    }
}
