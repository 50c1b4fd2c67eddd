package org.diffusion4j.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A GIF's first frame on its canvas, which is enlarged if the frame doesn't fit. ImageIO's reader isn't used, because it
 * refuses files that other programs show, and allocates as large a picture as the header claims.
 */
final class GifPicture implements EncodedPicture.ByRows {
    private final ByteBuffer file;
    /** ARGB by index; a grey ramp if the file has no palette. */
    private final int[] palette = new int[256];

    private final int width;
    private final int height;
    private final int left;
    private final int top;
    private final int frameWidth;
    private final int frameHeight;
    private final boolean interlaced;

    GifPicture(byte[] bytes) throws IOException {
        file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < palette.length; i++) {
            palette[i] = 0xFF000000 | 0x010101 * i;
        }
        int canvasWidth = Short.toUnsignedInt(file.getShort(6));
        int canvasHeight = Short.toUnsignedInt(file.getShort(8));
        int flags = file.get(10);
        file.position(13);
        palette(flags);
        int transparent = toFrame();
        left = Short.toUnsignedInt(file.getShort());
        top = Short.toUnsignedInt(file.getShort());
        frameWidth = Short.toUnsignedInt(file.getShort());
        frameHeight = Short.toUnsignedInt(file.getShort());
        int frameFlags = file.get();
        interlaced = (frameFlags & 0x40) != 0;
        palette(frameFlags);
        if (transparent >= 0) {
            palette[transparent] = 0;
        }
        if (frameWidth == 0 || frameHeight == 0) {
            throw new IOException("expected a frame with pixels, found " + frameWidth + "x" + frameHeight);
        }
        width = Math.max(canvasWidth, left + frameWidth);
        height = Math.max(canvasHeight, top + frameHeight);
        if ((long) frameWidth * frameHeight > GifCodes.mostPixels(file.remaining())) {
            throw PictureFormat.cut();
        }
    }

    private void palette(int flags) {
        int colours = (flags & 0x80) == 0 ? 0 : 2 << (flags & 7);
        for (int i = 0; i < colours; i++) {
            palette[i] = 0xFF000000 | (file.get() & 255) << 16 | (file.get() & 255) << 8 | (file.get() & 255);
        }
    }

    /**
     * Skips what comes before the first frame.
     *
     * @return the transparent index, or -1
     */
    private int toFrame() {
        int transparent = -1;
        while (true) {
            int block = file.get() & 255;
            if (block == 0x2C) {
                return transparent;
            } else if (block == 0x21) {
                boolean control = (file.get() & 255) == 0xF9;
                int length = file.get() & 255;
                if (control && length >= 4 && (file.get(file.position()) & 1) == 1) {
                    transparent = file.get(file.position() + 3) & 255;
                }
                while (length != 0) {
                    file.position(file.position() + length);
                    length = file.get() & 255;
                }
            }
        }
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public int height() {
        return height;
    }

    @Override
    public int orientation() {
        return Orientation.UPRIGHT;
    }

    @Override
    public long memory(int channels) {
        return 4L * frameWidth;
    }

    @Override
    public boolean wholeRows() {
        return true;
    }

    @Override
    public void decode(PixelRows rows) throws IOException {
        if (frameWidth < width || frameHeight < height) {
            rows.clear();
        }
        GifCodes codes = new GifCodes(file);
        int[] row = new int[frameWidth];
        int column = 0;
        int y = 0;
        while (true) {
            byte[] string = codes.next();
            for (int i = codes.start(); i < string.length; i++) {
                row[column++] = palette[string[i] & 255];
                if (column == frameWidth) {
                    rows.put(left, top + place(y), row, 0, frameWidth);
                    column = 0;
                    if (++y == frameHeight) {
                        return;
                    }
                }
            }
        }
    }

    /**
     * The place of a row. Interlaced rows come in four passes: every eighth row, the rows halfway between these, every
     * second of the remaining rows, then the others.
     */
    private int place(int row) {
        if (!interlaced) {
            return row;
        }
        int left = row;
        for (int pass = 0; pass < 4; pass++) {
            int start = pass == 0 ? 0 : 8 >> pass;
            int step = pass == 0 ? 8 : 16 >> pass;
            int rows = (frameHeight - start + step - 1) / step;
            if (left < rows) {
                return start + left * step;
            }
            left -= Math.max(0, rows);
        }
        throw new IllegalStateException("row " + row + " of " + frameHeight);
    }
}
