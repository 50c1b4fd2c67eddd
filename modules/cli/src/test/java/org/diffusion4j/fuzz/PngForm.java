package org.diffusion4j.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;

/** Chunks of a length, a type, data and a sum. */
final class PngForm extends ChunkedForm {
    private static final int HEADER = 8;

    @Override
    Parts parts(byte[] file) {
        Parts parts = new Parts(file, ByteOrder.BIG_ENDIAN);
        // Width, height, depth, colour, interlacing.
        parts.field(16, 4);
        parts.field(20, 4);
        parts.field(24, 1);
        parts.field(25, 1);
        parts.field(28, 1);
        for (int at = HEADER; at + 12 <= file.length; ) {
            long length = parts.number(at, 4);
            parts.field(at, 4);
            if (length > file.length - at - 12) {
                break;
            }
            parts.chunk(at, at + 12 + (int) length);
            if (length > 0) {
                parts.field(at + 8, (int) Math.min(length, 4));
            }
            at += 12 + (int) length;
        }
        return parts;
    }

    @Override
    byte[] mended(byte[] file) {
        ByteBuffer png = ByteBuffer.wrap(file);
        for (int at = HEADER; at + 12 <= file.length; ) {
            int length = png.getInt(at);
            if (length < 0 || length > file.length - at - 12) {
                break;
            }
            CRC32 sum = new CRC32();
            sum.update(file, at + 4, length + 4);
            png.putInt(at + 8 + length, (int) sum.getValue());
            at += 12 + length;
        }
        return file;
    }
}
