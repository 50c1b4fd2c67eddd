package org.diffusion4j.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.diffusion4j.graph.UNetGraph;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Writes a SameDiff graph as an <a href="https://onnx.ai">ONNX</a> model of opset 17 that any size of batch may be run
 * with. Inputs, output and parameters have the names of the graph's variables, and parameters their shapes; a weight that
 * the graph only permutes for its convolution is the convolution's as it is. Ops are those of {@code UNetGraph} for
 * inference; any other is refused by name.
 *
 * <p>Indices of an embedding (class labels, learned timesteps) must be those of rows that its table has: what SameDiff takes
 * for a row of zeros, a runtime refuses.
 */
public final class OnnxWriter {
    /** What protobuf takes, in bytes: above this the weights get a file of their own. */
    public static final long LARGEST_FILE = Integer.MAX_VALUE;

    private OnnxWriter() {}

    /**
     * Writes a U-Net.
     *
     * @param file the file to write or to replace, such as {@code unet.onnx}; its folder must exist
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     * @throws org.diffusion4j.Diffusion4jException if there is an op without a translation, which the message names, or a
     *     file can't be written
     */
    public static void write(Path file, SameDiff graph) {
        write(file, graph, UNetGraph.OUTPUT, LARGEST_FILE);
    }

    /**
     * Writes any graph of such ops.
     *
     * @param out the file to write or to replace, such as {@code unet.onnx}; its folder must exist. Where it would be too
     *     large, weights of 1 kB and more are in one beside it, {@code unet.onnx.data}; where it is a link, beside what it
     *     leads to
     * @param graph whose placeholders know all dimensions but the first, the batch
     * @param output the variable that is asked for
     * @param largestFile bytes of which the model's own file may be, weights and all
     * @throws org.diffusion4j.Diffusion4jException if there is an op without a translation, which the message names, or a
     *     file can't be written
     */
    public static void write(Path out, SameDiff graph, String output, long largestFile) {
        OnnxModel model = OnnxTranslation.of(graph, output);
        Path file = place(out);
        Path data = file.resolveSibling(file.getFileName() + ".data");
        OnnxFile whole = new OnnxFile(model, null);
        if (whole.size() <= largestFile) {
            FileReplacement.write(file, whole::writeTo);
            delete(data); // of a model before: nothing refers to it now
            return;
        }
        OnnxFile apart = new OnnxFile(model, data.getFileName().toString());
        FileReplacement.write(file, channel -> {
            apart.writeTo(channel);
            FileReplacement.write(data, dataChannel -> {
                apart.writeDataTo(dataChannel);
                // Rather none for a moment than the one before with this one's weights.
                Files.deleteIfExists(file);
            });
        });
    }

    private static Path place(Path file) {
        try {
            return FileReplacement.place(file);
        } catch (IOException e) {
            throw FileFault.from(file, "write it", e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw FileFault.from(file, "delete it", e);
        }
    }
}
