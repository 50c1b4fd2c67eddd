package org.diffusion4j.data;

import java.io.IOException;
import org.diffusion4j.data.webp.WebP;

/** A WebP picture, or the first frame of a WebP animation. */
record WebpPicture(WebP file) implements EncodedPicture.ByRows {
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
        return file.memory();
    }

    @Override
    public boolean wholeRows() {
        return true;
    }

    @Override
    public void decode(PixelRows rows) throws IOException {
        if (file.partial()) {
            rows.clear();
        }
        file.decode(rows::put);
    }
}
