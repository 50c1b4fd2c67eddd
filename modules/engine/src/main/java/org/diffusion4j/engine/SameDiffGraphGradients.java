package org.diffusion4j.engine;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A graph that SameDiff itself differentiates, as a reference. It computes the forward pass twice. */
public final class SameDiffGraphGradients implements GraphGradients {
    private static final String GRADIENT = "output_gradient.";

    private final SameDiff graph;
    private final List<String> outputs;
    private final GraphInputs inputs;
    private final FlatParameters parameters;
    private final List<String> differentiated;
    private final int threads;
    /** What the last run had; null before the first run. */
    private Map<String, INDArray> placeholders;

    private Map<String, long[]> shapes;
    private boolean closed;

    /**
     * Opens a graph.
     *
     * @param graph a graph whose placeholders have the batch as their first dimension; it isn't changed
     * @param outputs the names of the variables to compute, at least one
     * @param parameters the graph's parameters
     * @param differentiated the inputs whose gradients are needed as well; may be empty
     * @param threads the number of threads that compute, at least 1
     */
    public SameDiffGraphGradients(
            SameDiff graph, List<String> outputs, FlatParameters parameters, List<String> differentiated, int threads) {
        this.threads = PhysicalCores.checkedThreads(threads);
        this.outputs = List.copyOf(outputs);
        this.inputs = new GraphInputs(graph);
        this.parameters = parameters;
        this.differentiated = List.copyOf(differentiated);
        this.graph = graph.dup();
        parameters.share(this.graph);
        // The loss is the sum of output · g, whose gradient with respect to the output is g.
        SDVariable loss = null;
        for (String name : outputs) {
            SDVariable output = this.graph.getVariable(name);
            SDVariable gradient = this.graph.placeHolder(GRADIENT + name, output.dataType());
            SDVariable product = output.mul(gradient).sum();
            loss = loss == null ? product : loss.add(product);
        }
        this.graph.setLossVariables(loss);
        if (!differentiated.isEmpty()) {
            // Placeholders get gradients only if they are named here.
            this.graph.createGradFunction(differentiated.toArray(new String[0]));
        }
    }

    @Override
    public Map<String, INDArray> run(Map<String, INDArray> arrays) {
        if (closed) {
            throw new IllegalStateException("the engine is closed");
        }
        Map<String, INDArray> checked = inputs.checked(arrays);
        Map<String, INDArray> results = new HashMap<>();
        SameDiffGraph.on(threads, () -> graph.output(checked, outputs))
                .forEach((name, array) -> results.put(name, array.dup('c')));
        placeholders = checked;
        shapes = new HashMap<>();
        results.forEach((name, array) -> shapes.put(name, array.shape()));
        return results;
    }

    @Override
    public Map<String, INDArray> backward(Map<String, INDArray> gradients) {
        if (closed || placeholders == null) {
            throw new IllegalStateException(closed ? "the engine is closed" : "the graph hasn't run");
        }
        if (!gradients.keySet().equals(new TreeSet<>(outputs))) {
            throw new IllegalArgumentException(
                    "gradients: expected " + outputs + ", found " + new TreeSet<>(gradients.keySet()));
        }
        Map<String, INDArray> given = new HashMap<>(placeholders);
        gradients.forEach((name, gradient) ->
                given.put(GRADIENT + name, GraphInputs.checkedGradient(name, shapes.get(name), gradient)));
        return SameDiffGraph.on(threads, () -> added(given));
    }

    private Map<String, INDArray> added(Map<String, INDArray> given) {
        try {
            List<String> wanted = Stream.concat(parameters.names().stream(), differentiated.stream())
                    .toList();
            Map<String, INDArray> gradients = graph.calculateGradients(given, wanted);
            for (String name : parameters.names()) {
                INDArray gradient = gradients.get(name);
                if (gradient != null) { // the loss may not depend on it
                    parameters.view(parameters.gradients(), name).addi(gradient);
                }
            }
            Map<String, INDArray> results = new LinkedHashMap<>();
            differentiated.forEach(name -> results.put(name, gradients.get(name).dup('c')));
            return results;
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
