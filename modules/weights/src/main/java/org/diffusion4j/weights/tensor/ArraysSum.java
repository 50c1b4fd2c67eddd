package org.diffusion4j.weights.tensor;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.diffusion4j.weights.file.Sha256;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The SHA-256 sum of named arrays, which tells models apart. */
public final class ArraysSum {
    private ArraysSum() {}

    /**
     * Computes the sum of the names, shapes and elements of arrays. The order of the map doesn't matter.
     *
     * @param arrays FLOAT, HALF, BFLOAT16, DOUBLE, LONG or INT, by name
     * @return 64 hexadecimal digits, in lower case
     */
    public static String of(Map<String, INDArray> arrays) {
        Map<String, Tensor> tensors = new TreeMap<>();
        arrays.forEach((name, array) -> tensors.put(name, Tensor.of(array)));
        return ofTensors(tensors);
    }

    /**
     * Computes the sum of the names, shapes and elements of tensors, each in its own type, of which one at a time is read.
     *
     * @param tensors by name
     * @return 64 hexadecimal digits, in lower case
     */
    public static String ofTensors(Map<String, ? extends Tensor> tensors) {
        MessageDigest digest = Sha256.digest();
        WritableByteChannel channel =
                Channels.newChannel(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
        try {
            for (Map.Entry<String, ? extends Tensor> tensor : new TreeMap<>(tensors).entrySet()) {
                String head = tensor.getKey() + "\n"
                        + Arrays.toString(tensor.getValue().shape()) + "\n";
                digest.update(head.getBytes(StandardCharsets.UTF_8));
                tensor.getValue().writeTo(channel);
            }
        } catch (IOException e) {
            throw new IllegalStateException("nothing is written", e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
