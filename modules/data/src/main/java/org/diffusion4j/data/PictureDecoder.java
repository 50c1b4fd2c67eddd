package org.diffusion4j.data;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.util.concurrent.Semaphore;

/**
 * Decodes picture files so that a damaged or hostile file causes nothing worse than an exception: the file's length limits
 * what decoding may take, and the header says what it will take. The values are those of the file: colour profiles are
 * ignored, and 16 bits are scaled to 8.
 */
final class PictureDecoder {
    private static final int LONGEST_SIDE = 65535;
    /** How many bytes any file may take. In addition, each byte of a file allows twice what a JPEG of mostly one colour takes. */
    private static final long BYTES_OF_ANY = 60L << 20;

    private static final long BYTES_PER_FILE_BYTE = 160;
    /** How many pixels of any file may be decoded if they are resized as they come. Each byte of a file allows some more. */
    private static final long PIXELS_OF_ANY = 51_000_000;

    private static final long PIXELS_PER_FILE_BYTE = 20;

    private final int channels;
    private final int background;
    private final long mostPixels;
    private final int memory =
            (int) Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 2 / 1024);
    /** The KiB that all pictures being decoded may take together, so that many threads need no more than one. */
    private final Semaphore free = new Semaphore(memory, true);

    /** @param background 0xRRGGBB, which is visible where a picture is transparent */
    PictureDecoder(int channels, int background, long mostPixels) {
        this.channels = channels;
        this.background = background;
        this.mostPixels = mostPixels;
    }

    /**
     * The kept part of a picture.
     *
     * @param picture the part, resized and cropped
     * @param width the width of the whole picture, upright
     * @param height the height of the whole picture, upright
     */
    record Kept(Picture picture, int width, int height) {}

    /** Decodes a format. */
    @FunctionalInterface
    private interface Decoding<T> {
        T of(EncodedPicture encoded) throws IOException, BrokenPictureException, InterruptedException;
    }

    /**
     * Decodes the part that a data set keeps. Its bytes are the same as if the whole picture were decoded first, but if the
     * format allows it, a large picture is resized row by row, so that its pixels need no memory.
     *
     * @param file the whole file
     * @throws BrokenPictureException if it isn't a complete picture, or is too large
     * @throws InterruptedException if interrupted while waiting for memory
     */
    Kept kept(byte[] file, PictureOptions options) throws BrokenPictureException, InterruptedException {
        return decode(file, encoded -> {
            int orientation = encoded.orientation();
            Fit.Window window =
                    orientation == Orientation.UPRIGHT ? Fit.window(encoded.width(), encoded.height(), options) : null;
            if (window != null
                    && window.width() < encoded.width()
                    && encoded instanceof EncodedPicture.ByRows rows
                    && rows.wholeRows()) {
                return new Kept(window.of(narrowed(rows, window, file.length)), encoded.width(), encoded.height());
            }
            Picture whole = whole(encoded, orientation, file.length);
            return new Kept(Fit.kept(whole, options), whole.width(), whole.height());
        });
    }

    /**
     * @param file the whole file
     * @throws BrokenPictureException if it isn't a complete picture, or is too large
     * @throws InterruptedException if interrupted while waiting for memory
     */
    Picture decode(byte[] file) throws BrokenPictureException, InterruptedException {
        return decode(file, encoded -> whole(encoded, encoded.orientation(), file.length));
    }

    private <T> T decode(byte[] file, Decoding<T> decoding) throws BrokenPictureException, InterruptedException {
        PictureFormat format = PictureFormat.of(file);
        try {
            EncodedPicture encoded = format.open(file);
            requireSize(encoded, mostPixels, "(mostPixels)");
            return decoding.of(encoded);
        } catch (BufferUnderflowException e) {
            throw new BrokenPictureException(format + ": " + PictureFormat.cut().getMessage(), e);
        } catch (IOException | RuntimeException e) {
            throw new BrokenPictureException(
                    format + ": " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()), e);
        } catch (OutOfMemoryError e) {
            throw new BrokenPictureException(format + ": there is not enough memory for it", e);
        }
    }

    private Picture whole(EncodedPicture encoded, int orientation, long fileBytes)
            throws IOException, BrokenPictureException, InterruptedException {
        long pixels = (long) encoded.width() * encoded.height() * channels;
        boolean copied = orientation != Orientation.UPRIGHT;
        int claimed = claim(encoded, pixels * (copied ? 2 : 1), fileBytes);
        free.acquire(claimed);
        try {
            return encoded.decode(channels, background).upright(orientation);
        } finally {
            free.release(claimed);
        }
    }

    private Picture narrowed(EncodedPicture.ByRows encoded, Fit.Window window, long fileBytes)
            throws IOException, BrokenPictureException, InterruptedException {
        requireSize(
                encoded, PIXELS_OF_ANY + fileBytes * PIXELS_PER_FILE_BYTE, "as its file has " + fileBytes + " bytes,");
        // The narrowed picture is copied once when its height is reduced, too.
        long rows = (long) channels * (encoded.width() + 2L * window.keptWidth() * encoded.height());
        int claimed = claim(encoded, rows, fileBytes);
        free.acquire(claimed);
        try {
            PixelRows pixels = PixelRows.narrowed(
                    encoded.width(), encoded.height(), channels, background, window.columns(encoded.width()));
            encoded.decode(pixels);
            return pixels.picture(encoded.height());
        } finally {
            free.release(claimed);
        }
    }

    private static void requireSize(EncodedPicture encoded, long most, String why) throws BrokenPictureException {
        long width = encoded.width();
        long height = encoded.height();
        if (width < 1 || height < 1 || width > LONGEST_SIDE || height > LONGEST_SIDE || width * height > most) {
            throw new BrokenPictureException("expected at most " + most + " pixels " + why + " and " + LONGEST_SIDE
                    + " a side, found a claim of " + width + "x" + height);
        }
    }

    /**
     * @param pictureBytes the bytes of the resulting picture
     * @return the KiB that decoding takes
     */
    private int claim(EncodedPicture encoded, long pictureBytes, long fileBytes) throws BrokenPictureException {
        int width = encoded.width();
        int height = encoded.height();
        long kib = (encoded.memory(channels) + pictureBytes) / 1024 + 1;
        long most = (BYTES_OF_ANY + fileBytes * BYTES_PER_FILE_BYTE) / 1024;
        if (kib > most) {
            throw new BrokenPictureException("expected a picture that takes at most " + most / 1024
                    + " MiB, as its file has " + fileBytes + " bytes, found " + width + "x" + height + ", which takes "
                    + kib / 1024);
        }
        if (kib > memory) {
            throw new BrokenPictureException("expected a picture that half of the heap has room for (" + memory / 1024
                    + " MiB), found " + width + "x" + height + ", which takes " + kib / 1024);
        }
        return (int) kib;
    }
}
