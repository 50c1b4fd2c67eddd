package org.diffusion4j.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Decodes a bitmap's run-length coding with 4 or 8 bits per pixel. Pixels that it leaves out have the first colour. */
final class BmpRuns {
    private static final int END_OF_ROW = 0;
    private static final int END = 1;
    private static final int MOVE = 2;

    private final ByteBuffer in;
    private final boolean half;
    private final int height;
    private final byte[] row;
    private int column;
    private int y;

    /** Takes the rows in the file's order, with one index per pixel. */
    @FunctionalInterface
    interface Rows {
        void put(int row, byte[] indices);
    }

    /** @param half whether a pixel has 4 bits, so that a byte has two pixels */
    BmpRuns(ByteBuffer in, boolean half, int width, int height) {
        this.in = in;
        this.half = half;
        this.height = height;
        this.row = new byte[width];
    }

    void decode(Rows rows) throws IOException {
        while (y < height) {
            // Some writers leave out the end mark after the last pixel.
            if (in.remaining() < 2 && y == height - 1 && column >= row.length) {
                end(rows);
                return;
            }
            int count = in.get() & 255;
            int value = in.get() & 255;
            if (count > 0) {
                run(count, value);
            } else if (value == END_OF_ROW) {
                end(rows);
            } else if (value == END) {
                while (y < height) {
                    end(rows);
                }
            } else if (value == MOVE) {
                int right = column + (in.get() & 255);
                for (int down = in.get() & 255; down > 0 && y < height; down--) {
                    end(rows);
                }
                column = right;
            } else {
                literal(value);
            }
        }
    }

    private void end(Rows rows) {
        rows.put(y++, row);
        Arrays.fill(row, (byte) 0);
        column = 0;
    }

    private void run(int count, int value) {
        for (int i = 0; i < count; i++) {
            put(half ? (i % 2 == 0 ? value >> 4 : value & 15) : value);
        }
    }

    private void literal(int count) {
        int bytes = half ? (count + 1) / 2 : count;
        int start = in.position();
        for (int i = 0; i < count; i++) {
            int value = in.get(start + (half ? i / 2 : i)) & 255;
            put(half ? (i % 2 == 0 ? value >> 4 : value & 15) : value);
        }
        in.position(start + bytes);
        if (bytes % 2 == 1 && in.hasRemaining()) {
            in.get();
        }
    }

    /** Pixels beyond the row's end are dropped. */
    private void put(int index) {
        if (column < row.length) {
            row[column] = (byte) index;
        }
        column++;
    }
}
