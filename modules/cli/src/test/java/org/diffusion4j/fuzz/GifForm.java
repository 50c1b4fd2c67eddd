package org.diffusion4j.fuzz;

import java.nio.ByteOrder;

/** A canvas, then extensions and frames, each with blocks of up to 255 bytes. */
final class GifForm extends ChunkedForm {
    @Override
    Parts parts(byte[] file) {
        Parts parts = new Parts(file, ByteOrder.LITTLE_ENDIAN);
        parts.field(6, 2);
        parts.field(8, 2);
        parts.field(10, 1);
        parts.field(11, 1);
        int at = 13 + palette(parts, 10);
        while (at < file.length) {
            int from = at;
            int kind = file[at] & 255;
            if (kind == 0x21) {
                parts.field(at + 1, 1);
                at += 2;
            } else if (kind == 0x2C) {
                for (int i = 1; i <= 7; i += 2) {
                    parts.field(at + i, 2);
                }
                parts.field(at + 9, 1);
                int data = at + 10 + palette(parts, at + 9);
                parts.field(data, 1); // the code's size
                at = data + 1;
            } else {
                break;
            }
            while (at < file.length && file[at] != 0) {
                parts.field(at, 1);
                at += 1 + (file[at] & 255);
            }
            at++;
            parts.chunk(from, at);
        }
        return parts;
    }

    private static int palette(Parts parts, int flags) {
        long value = parts.number(flags, 1);
        return (value & 128) == 0 ? 0 : 3 * (2 << (value & 7));
    }

    @Override
    byte[] mended(byte[] file) {
        return file;
    }
}
