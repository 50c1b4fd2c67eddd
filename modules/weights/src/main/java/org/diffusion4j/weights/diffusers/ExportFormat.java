package org.diffusion4j.weights.diffusers;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.FileReplacement;
import org.diffusion4j.weights.onnx.OnnxWriter;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.nd4j.autodiff.samediff.SameDiff;

/** The formats in which a model can be exported. An existing file or folder is replaced; after a failure it is as before. */
public enum ExportFormat {
    /** A folder that Python's diffusers reads: configuration, weights and scheduler. */
    DIFFUSERS(""),
    /** Only the weights, by diffusers' names and in the types in which they were stored. */
    SAFETENSORS(".safetensors"),
    /** A checkpoint with all networks of a model that draws by text, under their original names. */
    SINGLE_FILE(".safetensors"),
    /** The network with its weights for {@code SameDiff.load}, in float32; at most 1 GB. */
    SAMEDIFF(".fb"),
    /** The network with its weights for ONNX Runtime and others, in float32; see {@link OnnxWriter}. */
    ONNX(".onnx");

    /** The limit of FlatBuffers, which doubles its buffer as it fills, but can't grow it from 1 GB to 2 GB. */
    private static final long LARGEST_SAMEDIFF = 1L << 30;

    private final String suffix;

    ExportFormat(String suffix) {
        this.suffix = suffix;
    }

    /**
     * The format's name on a command line.
     *
     * @return lower case, with hyphens
     */
    public String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The end of the name of such a file.
     *
     * @return a dot and letters; empty for a folder
     */
    public String suffix() {
        return suffix;
    }

    /**
     * Writes a model. A network (SAMEDIFF or ONNX) is for images of the configuration's size and, with cross-attention, for
     * a context of 77 tokens. For other sizes, build a graph with {@link UNetGraph} and write it with {@link OnnxWriter}.
     *
     * @param out a folder for DIFFUSERS, otherwise a file, whose folder must exist
     * @param model the model
     * @throws Diffusion4jException if the model can't be written, is too large for the format, has no image size in its
     *     configuration, or is no model for a SINGLE_FILE
     */
    public void write(Path out, DiffusersModel model) {
        switch (this) {
            case DIFFUSERS -> DiffusersFolder.write(out, model);
            case SAFETENSORS -> SafetensorsWriter.write(out, model.tensors(), SafetensorsWriter.PYTORCH);
            case SINGLE_FILE ->
                throw new Diffusion4jException(
                        out
                                + ": expected a model that draws by text for a single file, found one that draws by classes or by none");
            case SAMEDIFF -> saveSameDiff(out, model);
            case ONNX -> OnnxWriter.write(out, graph(model));
        }
    }

    private static SameDiff graph(DiffusersModel model) {
        if (model.config().sampleSize() == null) {
            throw new Diffusion4jException(
                    "config.json, 'sample_size': expected a size to build the network at, found null");
        }
        try {
            return UNetGraph.of(model.config()).sharedWeights(model.tensors()).build();
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException("config.json: " + FileFault.oneLine(e.getMessage()), e);
        }
    }

    private static void saveSameDiff(Path out, DiffusersModel model) {
        long size = model.parameterCount() * Float.BYTES;
        if (size >= LARGEST_SAMEDIFF) {
            throw tooLarge(out, null);
        }
        ByteBuffer bytes;
        try {
            bytes = graph(model).asFlatBuffers(false);
        } catch (AssertionError e) {
            // The weights fit, but not together with the network's description.
            throw tooLarge(out, e);
        }
        FileReplacement.write(out, bytes);
    }

    private static Diffusion4jException tooLarge(Path out, AssertionError cause) {
        return new Diffusion4jException(
                out + ": expected a network below 1 GB, which is what SameDiff can save, found more: choose onnx or"
                        + " safetensors",
                cause);
    }
}
