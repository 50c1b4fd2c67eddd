package org.diffusion4j.weights;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.diffusion4j.Diffusion4jException;
import org.nd4j.linalg.api.ndarray.INDArray;

/** SHA-256 sums. The sum of a file shows whether it was downloaded or unpacked completely; the sum of arrays tells models apart. */
public final class Sha256 {
    private Sha256() {}

    /**
     * Computes a file's sum.
     *
     * @param file the file
     * @return 64 hexadecimal digits, in lower case
     * @throws Diffusion4jException if the file can't be read
     */
    public static String of(Path file) {
        try (InputStream bytes = Files.newInputStream(file)) {
            return copying(bytes, OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw FileFault.from(file, "compute its SHA-256", e);
        }
    }

    /**
     * Copies bytes and computes their sum.
     *
     * @param from is read to its end
     * @param to gets the bytes
     * @return 64 hexadecimal digits, in lower case
     * @throws IOException if {@code from} can't be read or {@code to} can't be written
     */
    public static String copying(InputStream from, OutputStream to) throws IOException {
        MessageDigest digest = digest();
        new DigestInputStream(from, digest).transferTo(to);
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * Computes the sum of the names, shapes and elements of arrays. The order of the map doesn't matter.
     *
     * @param arrays FLOAT, HALF, BFLOAT16, DOUBLE, LONG or INT, by name
     * @return 64 hexadecimal digits, in lower case
     */
    public static String of(Map<String, INDArray> arrays) {
        MessageDigest digest = digest();
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

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * Checks a file's sum.
     *
     * @param file the file
     * @param expected 64 hexadecimal digits
     * @throws Diffusion4jException if the file can't be read or has another sum; the message has both sums
     */
    public static void check(Path file, String expected) {
        String found = of(file);
        if (!found.equalsIgnoreCase(expected)) {
            throw FileFault.in(file, "expected SHA-256 " + expected + ", found " + found);
        }
    }
}
