package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.diffusion4j.weights.file.Sha256;
import org.diffusion4j.weights.tensor.Tensor;

/**
 * A tensor's type, shape and the SHA-256 sum of its little-endian bytes: equal ones have equal bits.
 *
 * @param type the elements' type, named as in safetensors
 * @param shape the dimensions as text
 * @param sum hexadecimal digits
 */
record TensorSum(String type, String shape, String sum) {
    static TensorSum of(Tensor tensor) {
        MessageDigest digest = Sha256.digest();
        try (OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
            tensor.writeTo(Channels.newChannel(out));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new TensorSum(
                tensor.type().name(),
                Arrays.toString(tensor.shape()),
                HexFormat.of().formatHex(digest.digest()));
    }

    /** @param row a list of type, shape and sum */
    static TensorSum of(JsonNode row) {
        long[] shape = new long[row.path(1).size()];
        Arrays.setAll(shape, axis -> row.path(1).get(axis).asLong(-1));
        return new TensorSum(
                row.path(0).asText(), Arrays.toString(shape), row.path(2).asText());
    }

    Comparison compare(String name, TensorSum found) {
        return equals(found)
                ? new Comparison(name, 0, true, "")
                : Comparison.failed(name, "expected " + this + ", found " + found);
    }
}
