package org.diffusion4j.weights.onnx;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.FileReplacement;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Writes a SameDiff graph as an <a href="https://onnx.ai">ONNX</a> model of opset 17, which runs with batches of any size.
 * Inputs, output and parameters have the names of the graph's variables, and parameters keep their shapes; a weight that
 * the graph only permutes for its convolution is written without the permutation. The ops of {@code UNetGraph} for
 * inference are supported; any other op is refused by name.
 *
 * <p>Indices of an embedding (class labels or learned timesteps) must be those of existing rows of its table: an ONNX
 * runtime refuses other indices, for which SameDiff gives a row of zeros.
 */
public final class OnnxWriter {
    /** The largest size that protobuf allows, in bytes. Weights of larger models are written to a separate file. */
    public static final long LARGEST_FILE = Integer.MAX_VALUE;

    private OnnxWriter() {}

    /**
     * Writes a U-Net.
     *
     * @param file the file to write or to replace, such as {@code unet.onnx}; its folder must exist
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     * @throws org.diffusion4j.Diffusion4jException if an op has no translation, which the message names, or a file can't be written
     */
    public static void write(Path file, SameDiff graph) {
        write(file, graph, UNetGraph.OUTPUT, LARGEST_FILE);
    }

    /**
     * Writes any graph of supported ops.
     *
     * @param out the file to write or to replace, such as {@code unet.onnx}; its folder must exist. If it would be too
     *     large, weights of 1 kB and more are written to {@code unet.onnx.data} next to it, or if it is a link, next to the
     *     file that it leads to
     * @param graph a graph whose placeholders have known dimensions, except for the first, which is the batch
     * @param output the name of the output
     * @param largestFile the largest number of bytes of the model's own file including the weights
     * @throws org.diffusion4j.Diffusion4jException if an op has no translation, which the message names, or a file can't be written
     */
    public static void write(Path out, SameDiff graph, String output, long largestFile) {
        OnnxModel model = OnnxTranslation.of(graph, List.of(output));
        Path file = place(out);
        Path data = file.resolveSibling(file.getFileName() + ".data");
        OnnxFile whole = new OnnxFile(model, null);
        if (whole.size() <= largestFile) {
            FileReplacement.write(file, whole::writeTo);
            delete(data); // belongs to a previous model; nothing refers to it now
            return;
        }
        OnnxFile apart = new OnnxFile(model, data.getFileName().toString());
        FileReplacement.write(file, channel -> {
            apart.writeTo(channel);
            FileReplacement.write(data, dataChannel -> {
                apart.writeDataTo(dataChannel);
                // It is better to have no model for a moment than the old one with the new weights.
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
