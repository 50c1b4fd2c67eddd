package org.diffusion4j.data;

import java.io.IOException;
import java.util.concurrent.Semaphore;

/**
 * A picture file's bytes to pixels, so that a damaged or hostile file is an exception and no worse: what decoding may
 * take is bounded by the file's length, and what it will take is known by the header. The values are the file's own:
 * colour profiles are left alone, 16 bits are scaled to 8.
 */
final class PictureDecoder {
    private static final int LONGEST_SIDE = 65535;
    /** What any file may take; and for each of its bytes: twice what a JPEG of mostly one colour takes. */
    private static final long BYTES_OF_ANY = 60L << 20;

    private static final long BYTES_PER_FILE_BYTE = 160;

    private final int channels;
    private final int background;
    private final long mostPixels;
    private final int memory =
            (int) Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 2 / 1024);
    /** KiB that pictures may take that are being decoded, so that many threads need no more than one. */
    private final Semaphore free = new Semaphore(memory, true);

    /** @param background 0xRRGGBB, shown where a picture is transparent */
    PictureDecoder(int channels, int background, long mostPixels) {
        this.channels = channels;
        this.background = background;
        this.mostPixels = mostPixels;
    }

    /**
     * @param file all of it
     * @throws BrokenPictureException if it is no whole picture, or too large
     * @throws InterruptedException if interrupted while waiting for memory
     */
    Picture decode(byte[] file) throws BrokenPictureException, InterruptedException {
        PictureFormat format = PictureFormat.of(file);
        try {
            EncodedPicture encoded = format.open(file);
            int orientation = encoded.orientation();
            int claimed = claim(encoded, orientation, file.length);
            free.acquire(claimed);
            try {
                return encoded.decode(channels, background).upright(orientation);
            } finally {
                free.release(claimed);
            }
        } catch (IOException | RuntimeException e) {
            throw new BrokenPictureException(
                    format + ": " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()), e);
        } catch (OutOfMemoryError e) {
            throw new BrokenPictureException(format + ": there is not enough memory for it", e);
        }
    }

    /** @return KiB */
    private int claim(EncodedPicture encoded, int orientation, long fileBytes) throws BrokenPictureException {
        long width = encoded.width();
        long height = encoded.height();
        if (width < 1 || height < 1 || width > LONGEST_SIDE || height > LONGEST_SIDE || width * height > mostPixels) {
            throw new BrokenPictureException("expected at most " + mostPixels + " pixels (mostPixels) and "
                    + LONGEST_SIDE + " a side, found a claim of " + width + "x" + height);
        }
        boolean copied = orientation != Orientation.UPRIGHT;
        long kib = (encoded.memory(channels) + (copied ? width * height * channels : 0)) / 1024 + 1;
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
