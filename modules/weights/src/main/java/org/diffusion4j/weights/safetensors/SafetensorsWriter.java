package org.diffusion4j.weights.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.FileReplacement;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Writes a safetensors file with the same bytes as the safetensors library: tensors are sorted by type, from the last
 * constant of {@link TensorType} to the first, and within a type by name; the header is padded to a multiple of 8 bytes.
 * The file is written next to its place and renamed, so that after a failure the old file is unchanged.
 */
public final class SafetensorsWriter {
    /** The metadata that diffusers and transformers write, which says that the tensors have PyTorch's layout. */
    public static final Map<String, String> PYTORCH = Map.of("format", "pt");

    private static final Comparator<Map.Entry<String, ? extends Tensor>> ORDER =
            Comparator.<Map.Entry<String, ? extends Tensor>, TensorType>comparing(
                            entry -> entry.getValue().type(), Comparator.reverseOrder())
                    .thenComparing(Map.Entry::getKey, SafetensorsWriter::compareCodePoints);

    private SafetensorsWriter() {}

    /**
     * Writes arrays, each in its own type, with the metadata {@link #PYTORCH}.
     *
     * @param file the file to write or to replace; its folder must exist
     * @param arrays arrays by name: FLOAT, HALF, BFLOAT16, DOUBLE, LONG or INT
     * @throws org.diffusion4j.Diffusion4jException if the file can't be written
     */
    public static void writeArrays(Path file, Map<String, INDArray> arrays) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        arrays.forEach((name, array) -> tensors.put(name, Tensor.of(array)));
        write(file, tensors, PYTORCH);
    }

    /**
     * Writes tensors without converting them.
     *
     * @param file the file to write or to replace; its folder must exist
     * @param tensors tensors by name; those of an open reader may come from the same file that is replaced
     * @param metadata texts for {@code __metadata__}, written in the map's order
     * @throws org.diffusion4j.Diffusion4jException if the file can't be written
     * @throws IllegalArgumentException for a tensor named {@code __metadata__}, or a text that isn't valid Unicode
     */
    public static void write(Path file, Map<String, ? extends Tensor> tensors, Map<String, String> metadata) {
        tensors.keySet().forEach(SafetensorsWriter::checkText);
        metadata.keySet().forEach(SafetensorsWriter::checkText);
        metadata.values().forEach(SafetensorsWriter::checkText);
        if (tensors.containsKey(SafetensorsHeader.METADATA)) {
            throw new IllegalArgumentException("tensors: expected no tensor named " + SafetensorsHeader.METADATA);
        }
        List<Map.Entry<String, ? extends Tensor>> ordered = new ArrayList<>(tensors.entrySet());
        ordered.sort(ORDER);
        List<TensorEntry> entries = new ArrayList<>();
        long position = 0;
        for (Map.Entry<String, ? extends Tensor> named : ordered) {
            Tensor tensor = named.getValue();
            long end = position + tensor.byteSize();
            entries.add(new TensorEntry(named.getKey(), tensor.type(), tensor.shape(), position, end));
            position = end;
        }
        byte[] header = new SafetensorsHeader(metadata, entries).toBytes();
        if (header.length > SafetensorsHeader.MAX_BYTES) {
            throw new IllegalArgumentException("tensors: expected a header of " + SafetensorsHeader.MAX_BYTES
                    + " bytes at most, found " + header.length);
        }
        FileReplacement.write(file, channel -> {
            writeFully(
                    channel,
                    ByteBuffer.allocate(Long.BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(header.length)
                            .flip());
            writeFully(channel, ByteBuffer.wrap(header));
            for (Map.Entry<String, ? extends Tensor> named : ordered) {
                named.getValue().writeTo(channel);
            }
        });
    }

    private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static void checkText(String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new IllegalArgumentException(
                    "expected a text in Unicode, found a lone surrogate in " + FileFault.quote(text));
        }
    }

    /**
     * Compares in the order of UTF-8 bytes. Java's own order compares the halves of surrogate pairs, which come before some
     * single characters.
     */
    private static int compareCodePoints(String left, String right) {
        int[] lefts = left.codePoints().toArray();
        int[] rights = right.codePoints().toArray();
        return Arrays.compare(lefts, rights);
    }
}
