package org.diffusion4j.fuzz;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** RIFF's chunks; sizes stand in them with 14, 16 and 24 bits. */
final class WebpForm extends ChunkedForm {
    private static final int HEADER = 12;

    @Override
    Parts parts(byte[] file) {
        Parts parts = new Parts(file, ByteOrder.LITTLE_ENDIAN);
        parts.field(4, 4);
        chunks(parts, file, HEADER);
        return parts;
    }

    private static void chunks(Parts parts, byte[] file, int first) {
        for (int at = first; at + 8 <= file.length; ) {
            long length = parts.number(at + 4, 4);
            String type = new String(file, at, 4, StandardCharsets.ISO_8859_1);
            parts.field(at + 4, 4);
            int data = at + 8;
            switch (type) {
                case "VP8 " -> {
                    parts.field(data, 3); // the first partition's length, among others
                    parts.field(data + 6, 2);
                    parts.field(data + 8, 2);
                }
                case "VP8L" -> {
                    parts.field(data + 1, 2);
                    parts.field(data + 2, 3);
                    parts.field(data + 5, 1);
                }
                case "VP8X" -> {
                    parts.field(data, 1);
                    parts.field(data + 4, 3);
                    parts.field(data + 7, 3);
                }
                case "ANMF" -> {
                    for (int i = 0; i <= 12; i += 3) {
                        parts.field(data + i, 3);
                    }
                    parts.field(data + 15, 1);
                    chunks(parts, file, data + 16);
                    return;
                }
                default -> parts.field(data, 1);
            }
            if (length > file.length - data) {
                break;
            }
            int end = (int) Math.min(file.length, data + length + length % 2);
            parts.chunk(at, end);
            at = end;
        }
    }

    @Override
    byte[] mended(byte[] file) {
        if (file.length > 8) {
            put(file, new Field(4, 4, ByteOrder.LITTLE_ENDIAN), file.length - 8L);
        }
        return file;
    }
}
