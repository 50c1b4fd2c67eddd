package org.diffusion4j.fuzz;

import java.nio.ByteOrder;

/** Entries, a directory of them, and at the end where the directory lies. */
final class ZipForm extends ChunkedForm {
    private static final int ENTRY = 0x04034b50;
    private static final int DIRECTORY = 0x02014b50;
    private static final int END = 0x06054b50;

    @Override
    Parts parts(byte[] file) {
        Parts parts = new Parts(file, ByteOrder.LITTLE_ENDIAN);
        int from = -1;
        for (int at = 0; at + 4 <= file.length; at++) {
            if (file[at] != 'P') {
                continue;
            }
            int mark = (int) parts.number(at, 4);
            if (mark != ENTRY && mark != DIRECTORY && mark != END) {
                continue;
            }
            parts.chunk(from, at);
            from = at;
            // Flags, method, sum, sizes, names' lengths, attributes, places.
            int[] two = mark == ENTRY
                    ? new int[] {6, 8, 26, 28}
                    : mark == DIRECTORY ? new int[] {8, 10, 28, 30, 32, 34} : new int[] {4, 6, 8, 10, 20};
            int[] four = mark == ENTRY
                    ? new int[] {14, 18, 22}
                    : mark == DIRECTORY ? new int[] {16, 20, 24, 38, 42} : new int[] {12, 16};
            for (int field : two) {
                parts.field(at + field, 2);
            }
            for (int field : four) {
                parts.field(at + field, 4);
            }
            int name = mark == ENTRY ? at + 30 : at + 46;
            if (mark != END) {
                parts.field(name, 1);
                parts.field(name + 2, 1);
            }
        }
        parts.chunk(from, file.length);
        return parts;
    }

    /** Where the directory begins, after chunks have moved. */
    @Override
    byte[] mended(byte[] file) {
        Parts parts = parts(file);
        int directory = -1;
        int count = 0;
        for (Chunk chunk : parts.chunks) {
            int mark = (int) parts.number(chunk.from(), 4);
            if (mark == DIRECTORY) {
                count++;
                directory = directory < 0 ? chunk.from() : directory;
            } else if (mark == END && directory >= 0 && chunk.from() + 22 <= file.length) {
                put(file, new Field(chunk.from() + 8, 2, ByteOrder.LITTLE_ENDIAN), count);
                put(file, new Field(chunk.from() + 10, 2, ByteOrder.LITTLE_ENDIAN), count);
                put(file, new Field(chunk.from() + 12, 4, ByteOrder.LITTLE_ENDIAN), chunk.from() - directory);
                put(file, new Field(chunk.from() + 16, 4, ByteOrder.LITTLE_ENDIAN), directory);
            }
        }
        return file;
    }
}
