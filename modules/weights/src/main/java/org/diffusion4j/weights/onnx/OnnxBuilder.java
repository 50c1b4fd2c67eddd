package org.diffusion4j.weights.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorType;

/** Collects nodes and initializers, and at the end leaves out those that the outputs don't need. */
final class OnnxBuilder {
    private final List<OnnxModel.Node> nodes = new ArrayList<>();
    private final Map<String, Tensor> initializers = new LinkedHashMap<>();
    private final Map<String, OnnxModel.Port> inputs = new LinkedHashMap<>();
    private final Map<String, String> constants = new HashMap<>();
    private final Set<String> names;
    private int count;

    /** @param taken names that are already used by nodes' outputs and parameters */
    OnnxBuilder(Set<String> taken) {
        this.names = new HashSet<>(taken);
    }

    void input(OnnxModel.Port port) {
        inputs.put(port.name(), port);
    }

    void initializer(String name, Tensor tensor) {
        initializers.put(name, tensor);
    }

    /** Adds an initializer under a new name. */
    String initializer(Tensor tensor) {
        String name = fresh("constant");
        initializers.put(name, tensor);
        return name;
    }

    /** Adds a node whose results already have names. */
    void node(String op, List<String> operands, List<String> results, OnnxModel.Attribute... attributes) {
        nodes.add(new OnnxModel.Node(op, operands, results, List.of(attributes)));
    }

    /** Adds a node for an intermediate result, and returns the name of that result. */
    String node(String op, List<String> operands, OnnxModel.Attribute... attributes) {
        String name = fresh(op);
        node(op, operands, List.of(name), attributes);
        return name;
    }

    private String fresh(String base) {
        String name;
        do {
            name = base + "_" + count++;
        } while (!names.add(name));
        return name;
    }

    /** Adds a number, of rank 0. */
    String scalar(TensorType type, double value) {
        return constant(type, new long[0], value);
    }

    /** Adds whole numbers, such as a shape: [n], I64. */
    String longs(long... values) {
        return constant(
                TensorType.I64,
                new long[] {values.length},
                Arrays.stream(values).asDoubleStream().toArray());
    }

    /** Adds a constant, or gives an equal one that was added before. */
    String constant(TensorType type, long[] shape, double... values) {
        String key = type + Arrays.toString(shape) + Arrays.toString(values);
        return constants.computeIfAbsent(key, k -> initializer(Tensor.of(type, bytes(type, values), shape)));
    }

    private static byte[] bytes(TensorType type, double... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * type.bits() / 8).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            switch (type) {
                case F32 -> bytes.putFloat((float) value);
                case F64 -> bytes.putDouble(value);
                case I64 -> bytes.putLong((long) value);
                default -> throw new IllegalArgumentException("constant: expected F32, F64 or I64, found " + type);
            }
        }
        return bytes.array();
    }

    /**
     * Builds the model with everything that the outputs need. Nodes that others have replaced are left out.
     *
     * @param outputs the outputs
     */
    OnnxModel build(List<OnnxModel.Port> outputs) {
        Set<String> needed = new HashSet<>();
        outputs.forEach(output -> needed.add(output.name()));
        List<OnnxModel.Node> kept = new ArrayList<>();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            OnnxModel.Node node = nodes.get(i);
            if (node.outputs().stream().anyMatch(needed::contains)) {
                kept.add(node);
                needed.addAll(node.inputs());
            }
        }
        Collections.reverse(kept);
        Map<String, Tensor> used = new LinkedHashMap<>(initializers);
        used.keySet().retainAll(needed);
        return new OnnxModel(kept, used, List.copyOf(inputs.values()), outputs);
    }
}
