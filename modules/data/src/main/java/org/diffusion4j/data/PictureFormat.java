package org.diffusion4j.data;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.charset.StandardCharsets;

/** The formats that are read, which are recognised by their first bytes. */
enum PictureFormat {
    JPEG(JpegPicture::new),
    PNG(PngPicture::new),
    GIF(GifPicture::new),
    BMP(BmpPicture::new),
    WEBP(WebpPicture::of);

    private final Opening opening;

    PictureFormat(Opening opening) {
        this.opening = opening;
    }

    @FunctionalInterface
    private interface Opening {
        EncodedPicture open(byte[] file) throws IOException;
    }

    /**
     * Reads the header and finds the parts, so that a file that is cut off, or claims more than it contains, is refused
     * before anything is decoded.
     *
     * @throws IOException if it isn't a complete picture
     */
    EncodedPicture open(byte[] file) throws IOException {
        try {
            return opening.open(file);
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IOException(cut().getMessage(), e);
        }
    }

    static IOException cut() {
        return new IOException("the file is cut off");
    }

    /** @throws BrokenPictureException if it has none of these formats */
    static PictureFormat of(byte[] file) throws BrokenPictureException {
        String head = new String(file, 0, Math.min(file.length, 16), StandardCharsets.ISO_8859_1);
        if (head.startsWith("\u00FF\u00D8\u00FF")) {
            return JPEG;
        } else if (head.startsWith("\u0089PNG\r\n\u001A\n")) {
            return PNG;
        } else if (head.startsWith("GIF87a") || head.startsWith("GIF89a")) {
            return GIF;
        } else if (head.startsWith("RIFF") && head.startsWith("WEBP", 8)) {
            return WEBP;
        } else if (head.startsWith("BM")) {
            return BMP;
        }
        throw new BrokenPictureException(
                file.length == 0
                        ? "the file is empty"
                        : "expected JPEG, PNG, GIF, BMP or WebP by its first bytes, found "
                                + OtherFormat.of(file).orElse("none of these"));
    }
}
