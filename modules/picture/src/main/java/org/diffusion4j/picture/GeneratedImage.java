package org.diffusion4j.picture;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A picture that a model drew.
 *
 * @param sample the network's own values, [C, H, W], about -1 to 1
 * @param picture the same in 8 bits a channel: grey or RGB
 * @param label its class; null for none
 * @param seed what its noise was drawn from
 * @param metadata what was asked for, by name; written into the PNG
 */
public record GeneratedImage(
        INDArray sample, BufferedImage picture, Integer label, long seed, Map<String, String> metadata) {
    /** Keeps its own copy of the metadata. */
    public GeneratedImage {
        metadata = Map.copyOf(metadata);
    }

    /**
     * Writes the picture, whole or not at all. The same picture and metadata give the same bytes.
     *
     * @param file where to; replaced if it exists
     * @throws org.diffusion4j.Diffusion4jException if it can't be written
     */
    public void writePng(Path file) {
        PngFile.write(picture, metadata, file);
    }
}
