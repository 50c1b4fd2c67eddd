package org.diffusion4j.picture;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A picture that a model drew.
 *
 * @param sample the values that the network gave, [C, H, W], about -1 to 1
 * @param picture the same with 8 bits per channel, grey or RGB
 * @param label its class; null if it has none
 * @param seed the seed of its noise
 * @param metadata the settings that it was drawn with, by name; they are written into the PNG
 */
public record GeneratedImage(
        INDArray sample, BufferedImage picture, Integer label, long seed, Map<String, String> metadata) {
    /** Keeps its own copy of the metadata. */
    public GeneratedImage {
        metadata = Map.copyOf(metadata);
    }

    /**
     * The name of a picture's file in a folder of several.
     *
     * @param index the number of the picture, from 0
     * @param label its class; null if it has none
     * @return such as {@code 00007-label3.png}
     */
    public static String fileName(int index, Integer label) {
        return String.format(Locale.ROOT, "%05d%s.png", index, label == null ? "" : "-label" + label);
    }

    /**
     * The picture as a PNG with its metadata. The same picture and metadata give the same bytes.
     *
     * @return the bytes of a file
     */
    public byte[] png() {
        return PngFile.encode(picture, metadata);
    }

    /**
     * Writes the picture completely or not at all. The same picture and metadata give the same bytes.
     *
     * @param file the file to write, which is replaced if it exists
     * @throws org.diffusion4j.Diffusion4jException if it can't be written
     */
    public void writePng(Path file) {
        PngFile.write(picture, metadata, file);
    }
}
