package org.diffusion4j.data.webp;

import java.io.IOException;
import java.util.Arrays;

/** Decodes a key frame of VP8 to planes. */
final class Vp8Decoder {
    /**
     * A macroblock is made in separate memory, with the row above, the column to the left, and four more pixels after the
     * row above.
     */
    private static final int STRIDE = 32;

    private static final int LUMA = STRIDE + 8;
    private static final int CHROMA_U = LUMA + 17 * STRIDE;
    private static final int CHROMA_V = CHROMA_U + 16;

    private final Vp8Header header;
    private final int columns;
    private final int rows;
    private final Vp8Planes planes;
    private final Vp8Transform transform = new Vp8Transform();
    private final Vp8Prediction prediction = new Vp8Prediction();
    private final Vp8Macroblock block;
    private final byte[] work = new byte[CHROMA_U + 9 * STRIDE];
    private final Vp8Square y = new Vp8Square(work, LUMA, STRIDE, 16);
    private final Vp8Square u = new Vp8Square(work, CHROMA_U, STRIDE, 8);
    private final Vp8Square v = new Vp8Square(work, CHROMA_V, STRIDE, 8);
    /** How strongly each macroblock is filtered; plus 64 if its inner edges are filtered, too. */
    private final byte[] filters;

    private Vp8Decoder(byte[] data, int start, int end) throws IOException {
        header = new Vp8Header(data, start, end);
        columns = Vp8Planes.macroblocks(header.width);
        rows = Vp8Planes.macroblocks(header.height);
        planes = new Vp8Planes(header.width, header.height);
        block = new Vp8Macroblock(header, transform, columns);
        filters = new byte[columns * rows];
    }

    static Vp8Planes decode(byte[] data, int start, int end) throws IOException {
        return new Vp8Decoder(data, start, end).decode();
    }

    private Vp8Planes decode() throws IOException {
        for (int row = 0; row < rows; row++) {
            BoolDecoder tokens = header.tokens[row % header.tokens.length];
            block.beginRow();
            for (int column = 0; column < columns; column++) {
                block.read(tokens, column);
                if (header.modes.exhausted() || tokens.exhausted()) {
                    throw WebP.cut();
                }
                make(row, column);
                int level = header.filterLevels[block.segment][block.inBlocks ? 1 : 0];
                filters[row * columns + column] = (byte) (level | (block.inBlocks || block.hasCoefficients ? 64 : 0));
            }
        }
        for (int i = 0; i < filters.length; i++) {
            if ((filters[i] & 63) > 0) {
                Vp8LoopFilter.filter(planes, header, i % columns, i / columns, filters[i] & 63, filters[i] >= 64);
            }
        }
        return planes;
    }

    private void make(int row, int column) {
        surround(y, planes.y, row, column);
        surround(u, planes.u, row, column);
        surround(v, planes.v, row, column);
        boolean above = row > 0;
        boolean left = column > 0;
        if (block.inBlocks) {
            aboveRight(row, column);
        } else {
            Vp8Prediction.square(block.modes[0], y, above, left);
        }
        for (int i = 0; i < 16; i++) {
            int at = LUMA + i / 4 * 4 * STRIDE + i % 4 * 4;
            if (block.inBlocks) {
                prediction.block(block.modes[i], work, at, STRIDE);
            }
            add(i, at);
        }
        Vp8Prediction.square(block.chromaMode, u, above, left);
        Vp8Prediction.square(block.chromaMode, v, above, left);
        for (int i = 0; i < 4; i++) {
            int at = i / 2 * 4 * STRIDE + i % 2 * 4;
            add(16 + i, CHROMA_U + at);
            add(20 + i, CHROMA_V + at);
        }
        keep(y, planes.y, row, column);
        keep(u, planes.u, row, column);
        keep(v, planes.v, row, column);
    }

    private void add(int i, int at) {
        if (block.hasCoefficients) {
            transform.add(block.coefficients, 16 * i, work, at, STRIDE);
        }
    }

    /** Copies the pixels above and to the left; outside of the picture these are 127 and 129. */
    private void surround(Vp8Square square, Vp8Plane plane, int row, int column) {
        int from = plane.at(column, row);
        int at = square.at();
        for (int line = -1; line < square.size(); line++) {
            boolean inside = column > 0 && (line >= 0 || row > 0);
            byte outside = (byte) (line < 0 && row == 0 ? 127 : 129);
            work[at + line * STRIDE - 1] = inside ? plane.pixels()[from + line * plane.stride() - 1] : outside;
        }
        if (row > 0) {
            System.arraycopy(plane.pixels(), from - plane.stride(), work, at - STRIDE, square.size());
        } else {
            Arrays.fill(work, at - STRIDE, at - STRIDE + square.size(), (byte) 127);
        }
    }

    /** Copies the four pixels after the row above, which the lower blocks use, too. */
    private void aboveRight(int row, int column) {
        int at = LUMA - STRIDE + 16;
        if (row == 0) {
            Arrays.fill(work, at, at + 4, (byte) 127);
        } else if (column == columns - 1) {
            Arrays.fill(work, at, at + 4, work[at - 1]);
        } else {
            int from = planes.y.at(column + 1, row) - planes.y.stride();
            System.arraycopy(planes.y.pixels(), from, work, at, 4);
        }
        for (int line = 4; line < 16; line += 4) {
            System.arraycopy(work, at, work, at + line * STRIDE, 4);
        }
    }

    private void keep(Vp8Square square, Vp8Plane plane, int row, int column) {
        int to = plane.at(column, row);
        for (int line = 0; line < square.size(); line++) {
            System.arraycopy(
                    work, square.at() + line * STRIDE, plane.pixels(), to + line * plane.stride(), square.size());
        }
    }
}
