package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** A few ops, compiled in float32, against SameDiff in double precision: the result and all gradients. */
final class OpAgreement {
    private static final String RESULT = "result";

    private final Function<DataType, SameDiff> graphs;
    private final Map<String, INDArray> inputs = new HashMap<>();
    private final List<String> differentiated = new ArrayList<>();

    /** Adds the ops to a graph. */
    interface Ops {
        /**
         * Makes placeholders, parameters and the result.
         *
         * @param sd the graph
         * @param type the type of its numbers with fractions
         * @return the result, [-1, ...]
         */
        SDVariable of(SameDiff sd, DataType type);
    }

    OpAgreement(Ops ops) {
        this(type -> {
            SameDiff sd = SameDiff.create();
            ops.of(sd, type).rename(RESULT);
            return sd;
        });
    }

    private OpAgreement(Function<DataType, SameDiff> graphs) {
        this.graphs = graphs;
    }

    /** A network that gives the same in each type but for its precision, and its output. */
    static OpAgreement of(Function<DataType, SameDiff> networks, String output) {
        return new OpAgreement(type -> {
            SameDiff sd = networks.apply(type);
            sd.getVariable(output).rename(RESULT);
            return sd;
        });
    }

    /** An input whose gradient is compared, too. */
    OpAgreement differentiated(String name, INDArray array) {
        differentiated.add(name);
        return input(name, array);
    }

    OpAgreement input(String name, INDArray array) {
        inputs.put(name, array);
        return this;
    }

    /** A parameter that is the same in each graph. */
    static SDVariable parameter(SameDiff sd, DataType type, String name, long... shape) {
        return sd.var(name, SmallGraph.numbers(name.hashCode(), shape).castTo(type));
    }

    private SameDiff graph(DataType type) {
        return graphs.apply(type);
    }

    private Map<String, INDArray> typed(SameDiff graph) {
        Map<String, INDArray> typed = new HashMap<>();
        inputs.forEach((name, array) ->
                typed.put(name, array.castTo(graph.getVariable(name).dataType())));
        return typed;
    }

    /** The result within 1e-5 of its largest element, the gradients within 1e-4 of theirs. */
    void holds(int threads) {
        SameDiff exact = graph(DataType.DOUBLE);
        INDArray expected = exact.outputSingle(typed(exact), RESULT);
        INDArray ofResult = SmallGraph.numbers(99, expected.shape());
        SameDiff graph = graph(DataType.FLOAT);
        FlatParameters parameters = new FlatParameters(graph);
        Map<String, INDArray> found;
        try (CompiledGraph compiled =
                new CompiledGraph(graph, List.of(RESULT), parameters, differentiated, threads, Precision.FP32)) {
            INDArray result = compiled.run(inputs).get(RESULT);
            close(RESULT, expected, result, 1e-5);
            found = new HashMap<>(compiled.backward(Map.of(RESULT, ofResult)));
        }
        parameters.names().forEach(name -> found.put(name, parameters.view(parameters.gradients(), name)));
        exact.setLossVariables(exact.getVariable(RESULT)
                .mul(exact.constant(ofResult.castTo(DataType.DOUBLE)))
                .sum());
        exact.createGradFunction(
                differentiated.toArray(String[]::new)); // placeholders get none unless they are named here
        Map<String, INDArray> gradients =
                exact.calculateGradients(typed(exact), new TreeSet<>(found.keySet()).toArray(String[]::new));
        // SameDiff has no gradient of what the result doesn't depend on; it is zero.
        found.forEach((name, gradient) -> close(
                "gradient of " + name,
                gradients.computeIfAbsent(name, key -> Nd4j.zeros(DataType.DOUBLE, gradient.shape())),
                gradient,
                1e-4));
    }

    private static void close(String what, INDArray expected, INDArray found, double tolerance) {
        assertArrayEquals(expected.shape(), found.shape(), what);
        double limit = tolerance * Math.max(1, expected.amaxNumber().doubleValue());
        double difference =
                expected.sub(found.castTo(DataType.DOUBLE)).amaxNumber().doubleValue();
        assertTrue(
                difference <= limit,
                String.format(Locale.ROOT, "%s: differs by %g where %g is allowed", what, difference, limit));
    }

    /** Each image of the batch alone gives what it gives in the batch, to the bit. */
    void givesAnImageTheSameInAnyBatch(int threads) {
        try (CompiledGraph compiled =
                new CompiledGraph(graph(DataType.FLOAT), List.of(RESULT), threads, Precision.FP32)) {
            INDArray all = compiled.run(inputs).get(RESULT);
            for (long image = 0; image < all.size(0); image++) {
                Map<String, INDArray> one = new HashMap<>();
                for (Map.Entry<String, INDArray> input : inputs.entrySet()) {
                    one.put(input.getKey(), image(input.getValue(), image));
                }
                assertEquals(image(all, image), compiled.run(one).get(RESULT), "image " + image);
            }
        }
    }

    private static INDArray image(INDArray images, long image) {
        return images.get(NDArrayIndex.interval(image, image + 1)).dup('c');
    }
}
