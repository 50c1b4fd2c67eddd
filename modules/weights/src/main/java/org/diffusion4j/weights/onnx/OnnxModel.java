package org.diffusion4j.weights.onnx;

import java.util.List;
import java.util.Map;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorType;

/**
 * The content of an ONNX file.
 *
 * @param nodes in an order in which they can run
 * @param initializers parameters and constants by name
 * @param inputs what the caller gives
 * @param outputs what the caller gets
 */
record OnnxModel(List<Node> nodes, Map<String, Tensor> initializers, List<Port> inputs, List<Port> outputs) {
    /** The version of ONNX's operators that the nodes use: the lowest that has all of them in this form. */
    static final int OPSET = 17;

    /** The version of the file format that came with {@link #OPSET}. */
    static final int IR_VERSION = 8;

    /**
     * An op together with its operands.
     *
     * @param op ONNX's name
     * @param inputs the names of its operands
     * @param outputs the names of its results, which no other node makes
     * @param attributes the attributes that differ from ONNX's defaults
     */
    record Node(String op, List<String> inputs, List<String> outputs, List<Attribute> attributes) {}

    /** A setting of an op. */
    sealed interface Attribute {
        /** ONNX's name of the attribute. */
        String name();

        /** A whole number. */
        record Int(String name, long value) implements Attribute {}

        /** A floating-point number. */
        record Real(String name, float value) implements Attribute {}

        /** A word. */
        record Text(String name, String value) implements Attribute {}

        /** Whole numbers. */
        record Ints(String name, long... values) implements Attribute {}
    }

    /**
     * An input or output.
     *
     * @param name the name of the value
     * @param type the type of its elements
     * @param shape the shape; a first dimension of {@value BatchShape#BATCH} is the batch
     */
    record Port(String name, TensorType type, long... shape) {}

    /** ONNX's number for an element type. */
    static int elementType(TensorType type) {
        return switch (type) {
            case F32 -> 1;
            case I32 -> 6;
            case I64 -> 7;
            case F16 -> 10;
            case F64 -> 11;
            case BF16 -> 16;
            default ->
                throw new IllegalArgumentException("type: expected F32, F64, F16, BF16, I32 or I64, found " + type);
        };
    }
}
