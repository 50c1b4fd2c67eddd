package org.diffusion4j.onnxruntime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.BytePointer;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.samediff.SharedArrays;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The memory of a model's large weights, which stays for as long as a session may read it. */
final class SessionWeights {
    private final Map<String, INDArray> arrays = new LinkedHashMap<>();
    private final List<INDArray> copies;

    /** @param weights the weights by the names of the model's initializers; only the graph's own, which may change, are copied */
    SessionWeights(SameDiff graph, Map<String, INDArray> weights) {
        Set<INDArray> own = own(graph);
        weights.forEach((name, array) -> {
            boolean inPlace = isPlain(array) && !own.contains(array);
            arrays.put(name, inPlace ? array : array.dup('c'));
        });
        copies = arrays.entrySet().stream()
                .filter(each -> each.getValue() != weights.get(each.getKey()))
                .map(Map.Entry::getValue)
                .toList();
    }

    /** The arrays that belong to the graph. */
    private static Set<INDArray> own(SameDiff graph) {
        Set<String> shared = graph.getVariablesArrays() instanceof SharedArrays holder
                ? holder.shared().keySet()
                : Set.of();
        Set<INDArray> own = Collections.newSetFromMap(new IdentityHashMap<>());
        for (SDVariable variable : graph.variables()) {
            boolean hasArray = variable.getVariableType() == VariableType.VARIABLE || variable.isConstant();
            if (hasArray && !shared.contains(variable.name())) {
                own.add(variable.getArr());
            }
        }
        return own;
    }

    /** Opens a session of a model with these weights; without success they are closed. */
    OrtSession open(OrtEnvironment environment, byte[] model, OrtSession.SessionOptions options) throws OrtException {
        Map<String, OnnxTensorLike> tensors = new HashMap<>();
        OrtSession session = null;
        try {
            for (Map.Entry<String, INDArray> weight : arrays.entrySet()) {
                tensors.put(weight.getKey(), tensor(environment, weight.getKey(), weight.getValue()));
            }
            if (!tensors.isEmpty()) {
                options.addExternalInitializers(tensors);
            }
            session = environment.createSession(model, options);
            return session;
        } finally {
            if (session == null) {
                close();
            }
            tensors.values().forEach(OnnxTensorLike::close);
        }
    }

    /** A tensor over an array's own memory, which must be open while the tensor is. */
    static OnnxTensor tensor(OrtEnvironment environment, String name, INDArray array) throws OrtException {
        long bytes = array.length() * array.dataType().width();
        if (bytes > Integer.MAX_VALUE) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT, "'%s': expected less than 2 GB for ONNX Runtime, found %d bytes", name, bytes));
        }
        ByteBuffer memory = new BytePointer(array.data().pointer())
                .limit(bytes)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder());
        return OnnxTensor.createTensor(environment, memory, array.shape(), type(name, array.dataType()));
    }

    @SuppressWarnings("deprecation") // DataType has deprecated constants, which this switch needn't name
    private static OnnxJavaType type(String name, DataType type) {
        return switch (type) {
            case FLOAT -> OnnxJavaType.FLOAT;
            case LONG -> OnnxJavaType.INT64;
            case INT -> OnnxJavaType.INT32;
            default ->
                throw new Diffusion4jException(String.format(
                        Locale.ROOT, "'%s': expected FLOAT, LONG or INT for ONNX Runtime, found %s", name, type));
        };
    }

    private static boolean isPlain(INDArray array) {
        return array.ordering() == 'c'
                && array.offset() == 0
                && !array.isView()
                && array.data().length() == array.length();
    }

    void close() {
        copies.forEach(INDArray::close);
    }
}
