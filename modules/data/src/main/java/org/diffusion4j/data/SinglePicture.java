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
 * A picture of its own, such as one to draw from. It is decoded like those of a {@link PictureFolder}: of any format
 * that is known here, upright, and white where it is transparent.
 */
public final class SinglePicture {
    private static final int WHITE = 0xFFFFFF;
    private static final int BLACK = 0;
    private static final long MOST_PIXELS = 1L << 28;

    private final Picture picture;

    private SinglePicture(Picture picture) {
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
            return new SinglePicture(decoded(file.toString(), PictureFiles.all(in), channels, WHITE, MOST_PIXELS));
        } catch (IOException e) {
            String found = Files.exists(file) ? e.toString() : "nothing";
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected a picture, found %s", file, found), e);
        }
    }

    /**
     * Reads a picture that isn't a file here.
     *
     * @param name what messages call it
     * @param file the bytes of a file
     * @param channels 3 for colour, 1 for grey
     * @param mostPixels the largest number of pixels that is decoded
     * @return the picture
     * @throws Diffusion4jException if it isn't a whole picture, or has more pixels
     */
    public static SinglePicture read(String name, byte[] file, int channels, long mostPixels) {
        return new SinglePicture(decoded(name, file, channels, WHITE, mostPixels));
    }

    /**
     * Reads how opaque a picture is.
     *
     * @param name what messages call it
     * @param file the bytes of a file
     * @param mostPixels the largest number of pixels that is decoded
     * @return one channel: 1 where nothing of the background is seen, 0 where nothing else is
     * @throws Diffusion4jException if it isn't a whole picture, or has more pixels
     */
    public static SinglePicture opacity(String name, byte[] file, long mostPixels) {
        Picture onWhite = decoded(name, file, 1, WHITE, mostPixels);
        Picture onBlack = decoded(name, file, 1, BLACK, mostPixels);
        byte[] opacity = new byte[onWhite.width() * onWhite.height()];
        for (int i = 0; i < opacity.length; i++) {
            opacity[i] = (byte) (255 - ((onWhite.data()[i] & 255) - (onBlack.data()[i] & 255)));
        }
        return new SinglePicture(new Picture(onWhite.width(), onWhite.height(), 1, opacity));
    }

    private static Picture decoded(String name, byte[] file, int channels, int background, long mostPixels) {
        try {
            return new PictureDecoder(channels, background, mostPixels)
                    .decode(file)
                    .withChannels(channels);
        } catch (BrokenPictureException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected a picture, found %s", name, e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Diffusion4jException(name + ": expected time to read it, found an interruption", e);
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
        return new SinglePicture(Fit.kept(picture, options));
    }

    /**
     * The negative: what is white becomes black.
     *
     * @return a picture of the same size and channels
     */
    public SinglePicture inverted() {
        byte[] data = new byte[picture.width() * picture.height() * picture.channels()];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (255 - (picture.data()[i] & 255));
        }
        return new SinglePicture(new Picture(picture.width(), picture.height(), picture.channels(), data));
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
