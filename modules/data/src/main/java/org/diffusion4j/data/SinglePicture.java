package org.diffusion4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A picture in a file of its own, such as one to draw from. It is decoded like those of a {@link PictureFolder}: of any format
 * that is known here, upright, and white where it is transparent.
 */
public final class SinglePicture {
    private static final int WHITE = 0xFFFFFF;
    private static final long MOST_PIXELS = 1L << 28;

    private final Path file;
    private final Picture picture;

    private SinglePicture(Path file, Picture picture) {
        this.file = file;
        this.picture = picture;
    }

    /**
     * Reads a picture.
     *
     * @param file the file
     * @param channels 3 for colour, 1 for grey
     * @return the picture
     * @throws Diffusion4jException if the file can't be read or isn't a whole picture; the message names it
     */
    public static SinglePicture read(Path file, int channels) {
        try (InputStream in = Files.newInputStream(file)) {
            PictureDecoder decoder = new PictureDecoder(channels, WHITE, MOST_PIXELS);
            return new SinglePicture(file, decoder.decode(PictureFiles.all(in)).withChannels(channels));
        } catch (IOException e) {
            String found = Files.exists(file) ? e.toString() : "nothing";
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected a picture, found %s", file, found), e);
        } catch (BrokenPictureException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected a picture, found %s", file, e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Diffusion4jException(file + ": expected time to read it, found an interruption", e);
        }
    }

    /**
     * The width.
     *
     * @return columns
     */
    public int width() {
        return picture.width();
    }

    /**
     * The height.
     *
     * @return rows
     */
    public int height() {
        return picture.height();
    }

    /**
     * Resizes the picture so that it just covers another size, and cuts off what is beyond it on both sides.
     *
     * @param width columns, at least 1
     * @param height rows, at least 1
     * @return a picture of that size; this one if it has it already
     */
    public SinglePicture fitted(int width, int height) {
        PictureOptions options = PictureOptions.builder(height, width)
                .grey(picture.channels() == 1)
                .build();
        return new SinglePicture(file, Fit.kept(picture, options));
    }

    /**
     * The picture's values.
     *
     * @return [1, C, H, W], in 0..1; the caller's own
     */
    public INDArray values() {
        int channels = picture.channels();
        int pixels = picture.width() * picture.height();
        float[] values = new float[channels * pixels];
        for (int i = 0; i < pixels; i++) {
            for (int c = 0; c < channels; c++) {
                values[c * pixels + i] = (picture.data()[channels * i + c] & 255) / 255f;
            }
        }
        return Nd4j.create(values, new int[] {1, channels, picture.height(), picture.width()});
    }
}
