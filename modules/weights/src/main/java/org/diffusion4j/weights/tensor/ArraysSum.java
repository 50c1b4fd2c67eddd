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
        MessageDigest digest = Sha256.digest();
        WritableByteChannel channel =
                Channels.newChannel(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
        try {
            for (Map.Entry<String, INDArray> array : new TreeMap<>(arrays).entrySet()) {
                String head =
                        array.getKey() + "\n" + Arrays.toString(array.getValue().shape()) + "\n";
                digest.update(head.getBytes(StandardCharsets.UTF_8));
                Tensor.of(array.getValue()).writeTo(channel);
            }
        } catch (IOException e) {
            throw new IllegalStateException("nothing is written", e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
