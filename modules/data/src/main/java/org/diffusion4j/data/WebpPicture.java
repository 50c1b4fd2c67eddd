package org.diffusion4j.data;

import java.io.IOException;
import org.diffusion4j.data.webp.WebP;

/** A WebP: of an animation, the first frame. */
record WebpPicture(WebP file) implements EncodedPicture {
    static WebpPicture of(byte[] file) throws IOException {
        return new WebpPicture(WebP.of(file));
    }

    @Override
    public int width() {
        return file.width();
    }

    @Override
    public int height() {
        return file.height();
    }

    @Override
    public int orientation() {
        return Orientation.of(file.exif(), file.xmp());
    }

    @Override
    public long memory(int channels) {
        return file.memory() + (long) width() * height() * channels;
    }

    @Override
    public Picture decode(int channels, int background) throws IOException {
        PixelRows rows = new PixelRows(width(), height(), channels, background);
        if (file.partial()) {
            rows.clear();
        }
        file.decode(rows::put);
        return rows.picture(height());
    }
}
