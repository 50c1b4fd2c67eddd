package org.diffusion4j.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The reference engine, in which SameDiff differentiates the graph. It computes the forward pass twice. */
public final class SameDiffGradients implements GradientEngine {
    private static final String OUTPUT_GRADIENT = "output_gradient";

    private final SameDiff graph;
    private final GraphInputs inputs;
    private final FlatParameters parameters;
    private final boolean sampleGradient;
    private final int threads;
    private boolean closed;

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
        this.inputs = new GraphInputs(graph);
        this.parameters = parameters;
        this.sampleGradient = sampleGradient;
        this.graph = graph.dup();
        parameters.share(this.graph);
        // The loss is the sum of output · g, whose gradient with respect to the output is g.
        SDVariable output = this.graph.getVariable(NetworkInputs.OUTPUT);
        SDVariable gradient = this.graph.placeHolder(OUTPUT_GRADIENT, output.dataType());
        this.graph.setLossVariables(output.mul(gradient).sum());
        if (sampleGradient) {
            this.graph.createGradFunction(
                    NetworkInputs.SAMPLE); // placeholders get gradients only if they are named here
        }
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
        if (closed) {
            throw new IllegalStateException("the engine is closed");
        }
        Map<String, INDArray> placeholders =
                new HashMap<>(inputs.checked(NetworkInputs.named(sample, timestep, conditioning)));
        return SameDiffEngine.on(threads, () -> accumulate(placeholders, outputGradient));
    }

    private INDArray accumulate(Map<String, INDArray> placeholders, UnaryOperator<INDArray> outputGradient) {
        try (INDArray output = graph.output(placeholders, List.of(NetworkInputs.OUTPUT))
                .get(NetworkInputs.OUTPUT)
                .dup('c')) {
            placeholders.put(
                    OUTPUT_GRADIENT,
                    GraphInputs.checkedGradient(NetworkInputs.OUTPUT, output.shape(), outputGradient.apply(output)));
            List<String> wanted = Stream.concat(
                            parameters.names().stream(),
                            sampleGradient ? Stream.of(NetworkInputs.SAMPLE) : Stream.empty())
                    .toList();
            Map<String, INDArray> gradients = graph.calculateGradients(placeholders, wanted);
            for (String name : parameters.names()) {
                INDArray gradient = gradients.get(name);
                if (gradient != null) { // the loss may not depend on it
                    parameters.view(parameters.gradients(), name).addi(gradient);
                }
            }
            return sampleGradient ? gradients.get(NetworkInputs.SAMPLE).dup('c') : null;
        } finally {
            // Sessions remember the id of every array that they ever freed.
            graph.getSessions().clear();
            SameDiff backward = graph.getFunction("grad");
            if (backward != null) {
                backward.getSessions().clear();
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        graph.getSessions().clear();
    }
}
