package org.diffusion4j.weights;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.OnnxModel.Attribute;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A SameDiff graph on its way to ONNX: what makes each variable, which shape it has, and the nodes so far. */
final class OnnxScope {
    private final SameDiff graph;
    private final Map<String, SourceOp> producers = new HashMap<>();
    private final Map<String, long[]> shapes = new HashMap<>();
    private final OnnxBuilder builder;

    OnnxScope(SameDiff graph) {
        this.graph = graph;
        this.builder = new OnnxBuilder(graph.variableMap().keySet());
        graph.getOps().values().stream().map(SourceOp::new).forEach(op -> {
            op.results().forEach(name -> producers.put(name, op));
        });
    }

    OnnxBuilder builder() {
        return builder;
    }

    // The graph ------------------------------------------------------------------------------------------------------

    /** The ops that an output needs, each after those that it needs itself. */
    Collection<SourceOp> needed(String output) {
        if (!producers.containsKey(output)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "graph: expected an op that makes '%s', found none", output));
        }
        Map<String, SourceOp> ordered = new LinkedHashMap<>();
        Set<String> waiting = new HashSet<>();
        Deque<SourceOp> open = new ArrayDeque<>(List.of(producers.get(output)));
        while (!open.isEmpty()) {
            SourceOp op = open.peek();
            List<SourceOp> before = op.operands().stream()
                    .filter(producers::containsKey)
                    .map(producers::get)
                    .filter(producer -> !ordered.containsKey(producer.name()))
                    .toList();
            if (before.isEmpty()) {
                ordered.put(op.name(), open.pop());
                continue;
            }
            waiting.add(op.name());
            for (SourceOp producer : before) {
                if (waiting.contains(producer.name())) {
                    throw fault(producer, new IllegalArgumentException("expected none that is part of a loop"));
                }
                open.push(producer);
            }
        }
        return ordered.values();
    }

    static Diffusion4jException fault(SourceOp op, IllegalArgumentException cause) {
        return new Diffusion4jException(
                String.format(
                        Locale.ROOT,
                        "ONNX: op '%s' (%s): %s",
                        op.kind(),
                        op.name(),
                        FileFault.oneLine(cause.getMessage())),
                cause);
    }

    /** The op that makes a variable, if it is of that kind; else null. */
    SourceOp made(String variable, String kind) {
        SourceOp producer = producers.get(variable);
        return producer != null && producer.kind().equals(kind) ? producer : null;
    }

    /** The ops from a variable back, each the producer of the one before's first operand; empty if they aren't these. */
    List<SourceOp> chain(String variable, String... kinds) {
        List<SourceOp> ops = new ArrayList<>();
        String current = variable;
        for (String kind : kinds) {
            SourceOp op = made(current, kind);
            if (op == null) {
                return List.of();
            }
            ops.add(op);
            current = op.operand(0);
        }
        return ops;
    }

    boolean isPlaceholder(String name) {
        return graph.hasVariable(name) && graph.getVariable(name).getVariableType() == VariableType.PLACEHOLDER;
    }

    /** Whether it is a trained parameter or a constant. */
    boolean isParameter(String name) {
        VariableType type = graph.getVariable(name).getVariableType();
        return type == VariableType.VARIABLE || type == VariableType.CONSTANT;
    }

    INDArray parameter(String name) {
        return graph.getVariable(name).getArr();
    }

    TensorType type(String name) {
        return ArrayTensor.typeOf(graph.getVariable(name).dataType());
    }

    /** A copy of a variable's shape; with the batch as {@link BatchShape} has it. */
    long[] shape(String name) {
        return shapes.computeIfAbsent(name, this::givenShape).clone();
    }

    private long[] givenShape(String name) {
        SDVariable variable = graph.getVariable(name);
        if (!isPlaceholder(name)) {
            return variable.getArr().shape();
        }
        long[] shape = variable.getShape();
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] < (i == 0 ? BatchShape.BATCH : 1)) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "placeholder '%s': expected known dimensions behind the batch, found %s",
                        name,
                        Arrays.toString(shape)));
            }
        }
        return shape;
    }

    // The nodes ------------------------------------------------------------------------------------------------------

    /** The name under which ONNX knows a variable, which is its own; a parameter or placeholder is made known by it. */
    String value(String name) {
        if (isParameter(name)) {
            builder.initializer(name, Tensor.of(parameter(name)));
        } else if (isPlaceholder(name)) {
            builder.input(new OnnxModel.Port(name, type(name), shape(name)));
        }
        return name;
    }

    List<String> values(List<String> names) {
        return names.stream().map(this::value).toList();
    }

    /** Writes the node that makes an op's result. */
    void emit(SourceOp op, long[] shape, String onnxOp, List<String> operands, Attribute... attributes) {
        setShape(op.result(), shape);
        builder.node(onnxOp, operands, List.of(op.result()), attributes);
    }

    void setShape(String name, long... shape) {
        shapes.put(name, shape.clone());
    }
}
