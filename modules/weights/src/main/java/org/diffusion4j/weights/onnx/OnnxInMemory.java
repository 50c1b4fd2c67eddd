package org.diffusion4j.weights.onnx;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A graph as the ONNX model that {@link OnnxWriter} writes, for a runtime in the same process: weights of 1 kB and more
 * aren't in the model but stay in the arrays that the graph has, so they aren't copied.
 *
 * @param model the model's bytes; its large weights refer to a file that doesn't exist, so the runtime must be given them
 * @param weights the arrays of the large weights, by the names of the model's initializers; each has the graph's own type,
 *     in any order, and may be a view
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares two models
public record OnnxInMemory(byte[] model, Map<String, INDArray> weights) {
    /**
     * Translates a graph.
     *
     * @param graph a graph whose placeholders have known dimensions, except for the first, which is the batch
     * @param outputs the names of the outputs, at least one
     * @return the model
     * @throws org.diffusion4j.Diffusion4jException if an op has no translation, which the message names
     */
    public static OnnxInMemory of(SameDiff graph, List<String> outputs) {
        OnnxFile file = new OnnxFile(OnnxTranslation.of(graph, outputs), "weights");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            file.writeTo(Channels.newChannel(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new OnnxInMemory(bytes.toByteArray(), file.arrays());
    }
}
