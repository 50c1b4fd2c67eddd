package org.diffusion4j.fuzz;

import java.nio.ByteOrder;

/** Segments of a marker, a length and data; after a scan's come its bits, up to the next marker. */
final class JpegForm extends ChunkedForm {
    private static final int SCAN = 0xDA;

    @Override
    Parts parts(byte[] file) {
        Parts parts = new Parts(file, ByteOrder.BIG_ENDIAN);
        int at = 2;
        while (at + 4 <= file.length && file[at] == -1) {
            int marker = file[at + 1] & 255;
            int length = (int) parts.number(at + 2, 2);
            int end = at + 2 + length;
            parts.field(at + 2, 2);
            if (marker >= 0xC0 && marker <= 0xCF) {
                frame(parts, at + 4, end);
            } else if (marker == 0xE1 || marker == SCAN || marker == 0xDD || marker == 0xDB || marker == 0xEE) {
                for (int i = at + 4; i < Math.min(end, at + 120); i++) {
                    parts.field(i, 1);
                    parts.field(i, 2);
                    parts.field(i, 4);
                }
            }
            if (marker == SCAN) {
                while (end + 1 < file.length
                        && !(file[end] == -1 && file[end + 1] != 0 && (file[end + 1] & 0xF8) != 0xD0)) {
                    end++;
                }
            }
            if (length < 2 || end > file.length) {
                break;
            }
            parts.chunk(at, end);
            at = end;
        }
        return parts;
    }

    /** A frame's depth, height, width and components, or a table's counts. */
    private static void frame(Parts parts, int from, int end) {
        parts.field(from + 1, 2);
        parts.field(from + 3, 2);
        for (int i = from; i < Math.min(end, from + 20); i++) {
            parts.field(i, 1);
        }
    }

    @Override
    byte[] mended(byte[] file) {
        if (file.length >= 4) {
            file[0] = -1;
            file[1] = (byte) 0xD8;
            file[file.length - 2] = -1;
            file[file.length - 1] = (byte) 0xD9;
        }
        return file;
    }
}
