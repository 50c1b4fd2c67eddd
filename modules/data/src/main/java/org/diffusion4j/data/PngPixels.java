package org.diffusion4j.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decodes a PNG's packed rows. ImageIO's reader isn't used, because it takes more than twice the picture's bytes, and
 * refuses files that other programs show.
 */
final class PngPixels {
    private static final int GREY = 0;
    private static final int COLOUR = 2;
    private static final int PALETTE = 3;
    private static final int ALPHA = 4;

    /** The first column and row of each pass of an interlaced picture, and the steps from there. */
    private static final int[][] PASSES = {
        {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
    };

    private static final int[][] ONE_PASS = {{0, 0, 1, 1}};

    private final int width;
    private final int height;
    private final int depth;
    private final int type;
    private final int samples;
    private final int[][] passes;
    private final int[] palette = new int[256];
    /** The samples that stand for a transparent pixel; -1 if there are none. */
    private final int[] transparent = {-1, -1, -1};

    /**
     * Reads the meaning of the rows.
     *
     * @param colours the chunk of the palette, or null
     * @param transparency the chunk of transparency, or null
     */
    PngPixels(ByteBuffer header, ByteBuffer colours, ByteBuffer transparency) throws IOException {
        width = header.getInt(0);
        height = header.getInt(4);
        depth = header.get(8);
        type = header.get(9);
        boolean known =
                switch (type) {
                    case GREY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
                    case PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
                    case COLOUR, GREY + ALPHA, COLOUR + ALPHA -> depth == 8 || depth == 16;
                    default -> false;
                };
        if (!known || header.get(10) != 0 || header.get(11) != 0 || (header.get(12) & ~1) != 0) {
            throw new IOException("expected a header that PNG knows, found colours of type " + type + " with " + depth
                    + " bits, packing " + header.get(10) + ", filter " + header.get(11) + ", interlace "
                    + header.get(12));
        }
        samples = (type & COLOUR) != 0 && type != PALETTE ? 3 + type / ALPHA : 1 + type / ALPHA;
        passes = header.get(12) == 1 ? PASSES : ONE_PASS;
        if (type == PALETTE) {
            palette(colours, transparency);
        } else if (transparency != null && transparency.limit() >= 2 * samples && type < ALPHA) {
            for (int i = 0; i < samples; i++) {
                transparent[i] = Short.toUnsignedInt(transparency.getShort(2 * i));
            }
        }
    }

    private void palette(ByteBuffer colours, ByteBuffer transparency) throws IOException {
        if (colours == null) {
            throw new IOException("expected a chunk PLTE, found none");
        }
        Arrays.fill(palette, 0xFF000000);
        for (int i = 0; i < Math.min(palette.length, colours.limit() / 3); i++) {
            int alpha = transparency != null && i < transparency.limit() ? transparency.get(i) & 255 : 255;
            palette[i] = alpha << 24 | (colours.get(3 * i) & 255) << 16 | (colours.getShort(3 * i + 1) & 0xFFFF);
        }
    }

    private int rowBytes(int columns) {
        return (int) (((long) columns * samples * depth + 7) / 8);
    }

    /** Whether the pixels of a row come in several passes. */
    boolean interlaced() {
        return passes != ONE_PASS;
    }

    /** The bytes of all rows without their filter bytes. */
    long bytes() {
        return ((long) width * samples * depth + 7) / 8 * height;
    }

    /** @param packed the contents of the chunks IDAT */
    void decode(List<ByteBuffer> packed, PixelRows rows) throws IOException {
        Inflater inflater = new Inflater(true);
        try {
            Unpacking in = new Unpacking(packed, inflater);
            for (int[] pass : passes) {
                int columns = (width - pass[0] + pass[2] - 1) / pass[2];
                if (columns > 0) {
                    decode(in, pass, columns, rows);
                }
            }
        } catch (DataFormatException e) {
            throw new IOException("the packed pixels are damaged: " + e.getMessage(), e);
        } finally {
            inflater.end();
        }
    }

    private void decode(Unpacking in, int[] pass, int columns, PixelRows rows) throws IOException, DataFormatException {
        int pixelBytes = Math.max(1, samples * depth / 8);
        byte[] row = new byte[1 + rowBytes(columns)];
        byte[] above = new byte[row.length];
        for (int y = pass[1]; y < height; y += pass[3]) {
            in.read(row);
            unfilter(row, above, pixelBytes);
            rows.begin(y);
            for (int x = 0; x < columns; x++) {
                put(row, x, y * width + pass[0] + x * pass[2], rows);
            }
            rows.end(y);
            byte[] next = above;
            above = row;
            row = next;
        }
    }

    private static void unfilter(byte[] row, byte[] above, int pixelBytes) throws IOException {
        int first = Math.min(row.length, 1 + pixelBytes);
        switch (row[0]) {
            case 0 -> {}
            case 1 -> {
                for (int i = first; i < row.length; i++) {
                    row[i] += row[i - pixelBytes];
                }
            }
            case 2 -> {
                for (int i = 1; i < row.length; i++) {
                    row[i] += above[i];
                }
            }
            case 3 -> {
                for (int i = 1; i < row.length; i++) {
                    int left = i < first ? 0 : row[i - pixelBytes] & 255;
                    row[i] += (byte) ((left + (above[i] & 255)) >> 1);
                }
            }
            case 4 -> {
                for (int i = 1; i < first; i++) {
                    row[i] += above[i];
                }
                for (int i = first; i < row.length; i++) {
                    row[i] += (byte) paeth(row[i - pixelBytes] & 255, above[i] & 255, above[i - pixelBytes] & 255);
                }
            }
            default -> throw new IOException("expected a row's filter from 0 to 4, found " + (row[0] & 255));
        }
    }

    /** The one of the three numbers that is nearest to left + above - corner. */
    private static int paeth(int left, int above, int corner) {
        int byLeft = Math.abs(above - corner);
        int byAbove = Math.abs(left - corner);
        int byCorner = Math.abs(left + above - 2 * corner);
        return byLeft <= byAbove && byLeft <= byCorner ? left : byAbove <= byCorner ? above : corner;
    }

    private void put(byte[] row, int x, int place, PixelRows rows) {
        if (type == PALETTE) {
            int argb = palette[sample(row, x)];
            rows.put(place, argb >> 16 & 255, argb >> 8 & 255, argb & 255, argb >>> 24);
            return;
        }
        int at = x * samples;
        int red = sample(row, at);
        int green = samples < 3 ? red : sample(row, at + 1);
        int blue = samples < 3 ? red : sample(row, at + 2);
        int alpha = 255;
        if (samples % 2 == 0) {
            alpha = eight(sample(row, at + samples - 1));
        } else if (red == transparent[0] && (samples == 1 || (green == transparent[1] && blue == transparent[2]))) {
            alpha = 0;
        }
        rows.put(place, eight(red), eight(green), eight(blue), alpha);
    }

    private int sample(byte[] row, int index) {
        if (depth == 8) {
            return row[1 + index] & 255;
        }
        if (depth == 16) {
            return (row[1 + 2 * index] & 255) << 8 | (row[2 + 2 * index] & 255);
        }
        int bit = index * depth;
        return row[1 + bit / 8] >> (8 - depth - bit % 8) & ((1 << depth) - 1);
    }

    private int eight(int sample) {
        return switch (depth) {
            case 8 -> sample;
            case 16 -> (sample * 255 + 32767) / 65535;
            default -> sample * 255 / ((1 << depth) - 1);
        };
    }

    /** The chunks' contents as one zlib stream whose checksum is ignored, since each chunk has its own. */
    private static final class Unpacking {
        private final List<ByteBuffer> packed;
        private final Inflater inflater;
        private int next;

        Unpacking(List<ByteBuffer> packed, Inflater inflater) throws IOException {
            this.packed = packed;
            this.inflater = inflater;
            int method = header();
            int flags = header();
            if ((method & 15) != 8 || (method << 8 | flags) % 31 != 0 || (flags & 0x20) != 0) {
                throw new IOException("expected pixels that are packed by zlib, found others");
            }
        }

        private int header() throws IOException {
            while (next < packed.size() && !packed.get(next).hasRemaining()) {
                next++;
            }
            if (next == packed.size()) {
                throw PictureFormat.cut();
            }
            return packed.get(next).get() & 255;
        }

        void read(byte[] row) throws IOException, DataFormatException {
            int at = 0;
            while (at < row.length) {
                int read = inflater.inflate(row, at, row.length - at);
                at += read;
                if (read == 0 && inflater.needsInput() && next < packed.size()) {
                    inflater.setInput(packed.get(next++));
                } else if (read == 0) {
                    throw PictureFormat.cut();
                }
            }
        }
    }
}
