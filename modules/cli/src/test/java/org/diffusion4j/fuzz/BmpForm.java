package org.diffusion4j.fuzz;

import java.nio.ByteOrder;

/** A header of fields; behind it a palette and the pixels. */
final class BmpForm extends ChunkedForm {
    private static final int HEADER = 54;

    @Override
    Parts parts(byte[] file) {
        Parts parts = new Parts(file, ByteOrder.LITTLE_ENDIAN);
        // Width, height, bits, compression, where the pixels lie; then all.
        for (int at : new int[] {18, 22, 30, 10, 14, 46, 34, 2}) {
            parts.field(at, 4);
        }
        parts.field(28, 2);
        parts.field(26, 2);
        for (int at = HEADER; at < Math.min(file.length, 140); at += 4) {
            parts.field(at, 4);
        }
        int pixels = (int) Math.max(HEADER, Math.min(file.length, parts.number(10, 4)));
        parts.chunk(14, Math.min(HEADER, file.length));
        parts.chunk(HEADER, pixels);
        parts.chunk(pixels, file.length);
        return parts;
    }

    @Override
    byte[] mended(byte[] file) {
        if (file.length > 6) {
            put(file, new Field(2, 4, ByteOrder.LITTLE_ENDIAN), file.length);
        }
        return file;
    }
}
