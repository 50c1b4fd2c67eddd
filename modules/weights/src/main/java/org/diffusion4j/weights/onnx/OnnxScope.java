package org.diffusion4j.weights.onnx;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.samediff.GraphReader;
import org.diffusion4j.samediff.SharedArrays;
import org.diffusion4j.samediff.SourceOp;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.onnx.OnnxModel.Attribute;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorType;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A SameDiff graph while it is translated to ONNX: the op that makes each variable, its shape, and the nodes so far. */
final class OnnxScope {
    private final GraphReader graph;
    private final Map<String, long[]> shapes = new HashMap<>();
    private final OnnxBuilder builder;

    OnnxScope(SameDiff graph) {
        this.graph = new GraphReader(graph);
        this.builder = new OnnxBuilder(graph.variableMap().keySet());
    }

    OnnxBuilder builder() {
        return builder;
    }

    // The graph ------------------------------------------------------------------------------------------------------

    /** The ops that outputs need, each after the ops that it needs itself. */
    List<SourceOp> needed(List<String> outputs) {
        for (String output : outputs) {
            if (graph.producer(output) == null) {
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "graph: expected an op that makes '%s', found none", output));
            }
        }
        return graph.needed(outputs);
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

    /** The op that makes a variable, if it is of the given kind; otherwise null. */
    SourceOp made(String variable, String kind) {
        return graph.producer(variable, kind);
    }

    /**
     * The chain of ops that leads to a variable, from the last op back: each makes the first operand of the one before it
     * in the list. Empty if the kinds differ.
     */
    List<SourceOp> chain(String variable, String... kinds) {
        return graph.chain(variable, kinds);
    }

    boolean isPlaceholder(String name) {
        return graph.isPlaceholder(name);
    }

    /** Whether a variable is a trained parameter or a constant. */
    boolean isParameter(String name) {
        return graph.isParameter(name);
    }

    /** The content of a parameter or constant, for reading only. */
    INDArray parameter(String name) {
        return SharedArrays.sourceOf(graph.variable(name)).array();
    }

    TensorType type(String name) {
        return TensorType.of(graph.variable(name).dataType());
    }

    /** A copy of a variable's shape, as {@link BatchShape} describes it. */
    long[] shape(String name) {
        return shapes.computeIfAbsent(name, this::givenShape).clone();
    }

    private long[] givenShape(String name) {
        SDVariable variable = graph.variable(name);
        if (!isPlaceholder(name)) {
            return SharedArrays.shapeOf(variable);
        }
        long[] shape = variable.getShape();
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] < (i == 0 ? BatchShape.BATCH : 1)) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "placeholder '%s': expected known dimensions after the batch, found %s",
                        name,
                        Arrays.toString(shape)));
            }
        }
        return shape;
    }

    // The nodes ------------------------------------------------------------------------------------------------------

    /** The name of a variable in ONNX, which is its own name. A parameter or placeholder is added to the model by this call. */
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
