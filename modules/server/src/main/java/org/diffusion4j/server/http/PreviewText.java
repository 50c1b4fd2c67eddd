package org.diffusion4j.server.http;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;

/** Previews as texts. */
public final class PreviewText {
    private PreviewText() {}

    /**
     * A picture without settings.
     *
     * @param picture the picture
     * @return a PNG in base64
     */
    public static String base64(BufferedImage picture) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(picture, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("a PNG in memory can't fail", e);
        }
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
