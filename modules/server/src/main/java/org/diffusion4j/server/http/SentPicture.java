package org.diffusion4j.server.http;

import java.util.Base64;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.SinglePicture;

/**
 * A picture that a client sent.
 *
 * @param name what messages call it
 * @param file the bytes of a picture file
 * @param mostPixels the largest number of pixels that is decoded
 */
public record SentPicture(String name, byte[] file, long mostPixels) {
    private static final String BASE64 = ";base64,";
    /** One at a time, so that many clients' pictures need no more memory than one's. */
    private static final Object DECODING = new Object();

    /**
     * Reads a picture in a text.
     *
     * @param name what messages call it
     * @param text base64, or a {@code data:} address of that
     * @param mostPixels the largest number of pixels that is decoded
     * @return the picture; nothing of it is decoded yet
     * @throws Fault if it is another text
     */
    public static SentPicture ofText(String name, String text, long mostPixels) {
        int begin = text.startsWith("data:") ? text.indexOf(BASE64) : -BASE64.length();
        if (begin >= 0 || !text.startsWith("data:")) {
            try {
                String encoded = text.substring(begin + BASE64.length());
                return new SentPicture(name, Base64.getMimeDecoder().decode(encoded), mostPixels);
            } catch (IllegalArgumentException e) {
                // said below
            }
        }
        throw Fault.of(name, "a picture in base64", "another text");
    }

    /**
     * Decodes it in colour.
     *
     * @return the picture
     * @throws Fault if it isn't a whole picture, or too large
     */
    public SinglePicture colour() {
        return decoded(() -> SinglePicture.read(name, file, 3, mostPixels));
    }

    /**
     * Decodes it in grey.
     *
     * @return the picture
     * @throws Fault if it isn't a whole picture, or too large
     */
    public SinglePicture grey() {
        return decoded(() -> SinglePicture.read(name, file, 1, mostPixels));
    }

    /**
     * Decodes how opaque it is.
     *
     * @return 1 where it is opaque
     * @throws Fault if it isn't a whole picture, or too large
     */
    public SinglePicture opacity() {
        return decoded(() -> SinglePicture.opacity(name, file, mostPixels));
    }

    private static SinglePicture decoded(java.util.function.Supplier<SinglePicture> decoding) {
        synchronized (DECODING) {
            try {
                return decoding.get();
            } catch (Diffusion4jException e) {
                throw Fault.of(e.getMessage(), e);
            }
        }
    }
}
