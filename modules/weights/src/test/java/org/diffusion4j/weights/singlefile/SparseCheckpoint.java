package org.diffusion4j.weights.singlefile;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.diffusion4j.graph.NetworkConfig;

/** A single file of a public model's size whose numbers are a hole in the file: it has only a header. */
final class SparseCheckpoint {
    private static final Map<PublicModel, Map<String, long[]>> SHAPES = new ConcurrentHashMap<>();

    private final Map<String, long[]> shapes = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    static SparseCheckpoint of(PublicModel model) {
        SparseCheckpoint checkpoint = new SparseCheckpoint();
        checkpoint.shapes.putAll(SHAPES.computeIfAbsent(model, SparseCheckpoint::shapes));
        return checkpoint;
    }

    private static Map<String, long[]> shapes(PublicModel model) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        Map<String, NetworkConfig> networks = new LinkedHashMap<>();
        model.components().forEach((component, config) -> networks.put(component, config.config()));
        SingleFileMapping.of(model.layout(), networks)
                .tensors()
                .forEach(tensor -> shapes.put(tensor.original(), tensor.originalShape()));
        return shapes;
    }

    SparseCheckpoint with(String name, long... shape) {
        shapes.put(name, shape);
        return this;
    }

    SparseCheckpoint without(String start) {
        shapes.keySet().removeIf(name -> name.startsWith(start));
        return this;
    }

    SparseCheckpoint saying(String key, String text) {
        metadata.put(key, text);
        return this;
    }

    Path write(Path file) throws IOException {
        ObjectNode header = new ObjectMapper().createObjectNode();
        if (!metadata.isEmpty()) {
            ObjectNode texts = header.putObject("__metadata__");
            metadata.forEach(texts::put);
        }
        long end = 0;
        for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
            ObjectNode tensor = header.putObject(entry.getKey()).put("dtype", "F16");
            ArrayNode shape = tensor.putArray("shape");
            Arrays.stream(entry.getValue()).forEach(shape::add);
            long begin = end;
            end += 2 * Arrays.stream(entry.getValue()).reduce(1, (a, b) -> a * b);
            tensor.putArray("data_offsets").add(begin).add(end);
        }
        byte[] bytes = new ObjectMapper().writeValueAsBytes(header);
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.write(ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(bytes.length)
                    .array());
            out.write(bytes);
            out.setLength(Long.BYTES + bytes.length + end);
        }
        return file;
    }
}
