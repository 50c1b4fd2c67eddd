package org.diffusion4j.verify;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.Arrays;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.Tensor;

/** Compares tensors in files bit by bit, whatever their type. */
final class TensorBits {
    private TensorBits() {}

    static Comparison compare(String group, FileTensor actual, FileTensor reference) {
        if (actual.type() != reference.type() || !Arrays.equals(actual.shape(), reference.shape())) {
            return Comparison.failed(
                    group,
                    "expected " + reference.type().describe(reference.shape()) + ", found "
                            + actual.type().describe(actual.shape()));
        }
        return Arrays.equals(bytes(actual), bytes(reference))
                ? new Comparison(group, 0, true, "")
                : Comparison.failed(group, "expected other elements");
    }

    static byte[] bytes(Tensor tensor) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            tensor.writeTo(Channels.newChannel(bytes));
        } catch (IOException e) {
            throw new Diffusion4jException("expected to read a tensor, found " + e, e);
        }
        return bytes.toByteArray();
    }
}
