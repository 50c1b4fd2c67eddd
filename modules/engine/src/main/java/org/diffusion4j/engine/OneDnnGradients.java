package org.diffusion4j.engine;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@link OneDnnEngine} with a backward pass, which is a {@linkplain CompiledGraph compiled graph}, too. The batch is
 * divided among the threads. They add to the parameters' gradients one after the other, so that a result depends only on
 * the inputs and the number of threads. Batch norm in training needs the whole batch at once, so such a network runs on one
 * worker. A batch is refused if an array for a thread's images would be larger than 2 GB.
 *
 * <p>The parameters are shared with the graph: the next call uses what an optimiser has written into them. All other
 * variables are copied when the engine is made.
 */
public final class OneDnnGradients implements GradientEngine {
    private final FlatParameters parameters;
    private final boolean sampleGradient;
    private final CompiledGraph graph;

    /**
     * Makes an engine for a network's graph.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}; its ops must not
     *     change until the engine is closed
     * @param parameters the graph's parameters
     * @param sampleGradient whether the gradient of the sample is needed as well
     * @param threads the number of threads, at least 1
     * @param precision the type of the numbers that are multiplied
     * @throws UnsupportedGraphException if the graph has an op that isn't supported here or has no gradient; the message names
     *     it
     * @throws org.diffusion4j.Diffusion4jException if the processor doesn't have that precision, or ND4J's backend isn't
     *     the one for the processor
     * @throws LinkageError if oneDNN's natives are missing
     */
    public OneDnnGradients(
            SameDiff graph, FlatParameters parameters, boolean sampleGradient, int threads, Precision precision) {
        this(graph, parameters, sampleGradient, threads, precision, false);
    }

    /**
     * Makes an engine for a network's graph.
     *
     * @param graph as above
     * @param parameters the graph's parameters
     * @param sampleGradient whether the gradient of the sample is needed as well
     * @param threads the number of threads, at least 1
     * @param precision the type of the numbers that are multiplied
     * @param checkpointing whether parts of the forward pass are computed once more, in place of keeping all that the backward
     *     pass reads: less memory, more time, and the same gradients to the bit
     * @throws UnsupportedGraphException as above
     * @throws org.diffusion4j.Diffusion4jException as above
     * @throws LinkageError as above
     */
    public OneDnnGradients(
            SameDiff graph,
            FlatParameters parameters,
            boolean sampleGradient,
            int threads,
            Precision precision,
            boolean checkpointing) {
        this.parameters = parameters;
        this.sampleGradient = sampleGradient;
        List<String> differentiated = sampleGradient ? List.of(NetworkInputs.SAMPLE) : List.of();
        this.graph = new CompiledGraph(
                graph, List.of(NetworkInputs.OUTPUT), parameters, differentiated, threads, precision, checkpointing);
    }

    /**
     * Makes an engine for a network's graph in float32.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     * @param parameters the graph's parameters
     * @param sampleGradient whether the gradient of the sample is needed as well
     * @param threads the number of threads, at least 1
     * @throws UnsupportedGraphException if the graph has an op that isn't supported here or has no gradient
     * @throws LinkageError if oneDNN's natives are missing
     */
    public OneDnnGradients(SameDiff graph, FlatParameters parameters, boolean sampleGradient, int threads) {
        this(graph, parameters, sampleGradient, threads, Precision.FP32);
    }

    /**
     * The type of the numbers that are multiplied.
     *
     * @return {@link Precision#FP32} or {@link Precision#BF16}
     */
    public Precision precision() {
        return graph.precision();
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
        Map<String, INDArray> inputs = NetworkInputs.named(sample, timestep, conditioning);
        try (INDArray output = graph.run(inputs).get(NetworkInputs.OUTPUT)) {
            Map<String, INDArray> gradient =
                    Collections.singletonMap(NetworkInputs.OUTPUT, outputGradient.apply(output));
            Map<String, INDArray> ofInputs = graph.backward(gradient);
            return sampleGradient ? ofInputs.get(NetworkInputs.SAMPLE) : null;
        }
    }

    @Override
    public INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
        return graph.run(NetworkInputs.named(sample, timestep, conditioning)).get(NetworkInputs.OUTPUT);
    }

    @Override
    public long bytes() {
        return graph.weightBytes() + graph.arrayBytes();
    }

    @Override
    public void close() {
        graph.close();
    }
}
