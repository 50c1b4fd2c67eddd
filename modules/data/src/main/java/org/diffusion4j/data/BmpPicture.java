package org.diffusion4j.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A Windows or OS/2 bitmap. ImageIO's reader isn't used, because it trusts lengths in the header and decodes pictures of
 * other formats inside a bitmap.
 */
final class BmpPicture implements EncodedPicture.ByRows {
    private static final int FILE_HEADER = 14;
    private static final int OS2_HEADER = 12;
    private static final int WINDOWS_HEADER = 40;
    private static final int WITH_MASKS = 52;
    private static final int WITH_ALPHA = 56;

    private static final int PLAIN = 0;
    private static final int RLE8 = 1;
    private static final int RLE4 = 2;
    private static final int MASKS = 3;
    private static final int ALPHA_MASKS = 6;
    private static final int HOLDS_JPEG = 4;
    private static final int HOLDS_PNG = 5;

    private final ByteBuffer file;
    private final int width;
    private final int height;
    private final boolean topDown;
    private final int bits;
    private final int compression;
    /** The masks of red, green, blue and alpha. */
    private final int[] masks = new int[4];

    private final int[] palette;
    private final int pixels;

    BmpPicture(byte[] bytes) throws IOException {
        file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long header = Integer.toUnsignedLong(file.getInt(FILE_HEADER));
        boolean old = header == OS2_HEADER;
        if (header > file.limit() - FILE_HEADER) {
            throw PictureFormat.cut();
        }
        if (!old && header < WINDOWS_HEADER) {
            throw new IOException("expected a header of 12 bytes or 40 and more, found " + header);
        }
        width = old ? Short.toUnsignedInt(file.getShort(18)) : file.getInt(18);
        int signed = old ? Short.toUnsignedInt(file.getShort(20)) : file.getInt(22);
        topDown = signed < 0;
        height = Math.abs(signed);
        bits = file.getShort(old ? 24 : 28);
        compression = old ? PLAIN : file.getInt(30);
        if (width < 1 || height < 1) {
            throw new IOException("expected a size of at least 1x1, found " + width + "x" + signed);
        }
        check();
        int after = FILE_HEADER + (int) header;
        if (compression == MASKS || compression == ALPHA_MASKS) {
            boolean within = header >= WITH_MASKS;
            int count = header >= WITH_ALPHA || compression == ALPHA_MASKS ? 4 : 3;
            for (int i = 0; i < count; i++) {
                masks[i] = file.getInt(FILE_HEADER + WINDOWS_HEADER + 4 * i);
            }
            after += within ? 0 : 4 * count;
        } else if (bits > 8) {
            int five = bits == 16 ? 0x1F : 0xFF;
            int size = bits == 16 ? 5 : 8;
            System.arraycopy(new int[] {five << (2 * size), five << size, five, 0}, 0, masks, 0, 4);
        }
        palette = new int[bits > 8 ? 0 : 1 << bits];
        pixels = places(after, old);
        if (compression != RLE8 && compression != RLE4 && lastByte() > file.limit()) {
            throw PictureFormat.cut();
        }
    }

    private void check() throws IOException {
        if (compression == HOLDS_JPEG || compression == HOLDS_PNG) {
            throw new IOException(
                    "expected pixels, found a " + (compression == HOLDS_PNG ? "PNG" : "JPEG") + " within the bitmap");
        }
        boolean known =
                switch (compression) {
                    case PLAIN ->
                        bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
                    case RLE8 -> bits == 8;
                    case RLE4 -> bits == 4;
                    case MASKS, ALPHA_MASKS -> bits == 16 || bits == 24 || bits == 32;
                    default -> false;
                };
        if (!known) {
            throw new IOException(
                    "expected 1, 2, 4, 8, 16, 24 or 32 bits a pixel, plain or packed as these may be, found " + bits
                            + " with compression " + compression);
        }
    }

    /**
     * Reads the palette, as far as it is before the pixels.
     *
     * @return where the pixels begin
     */
    private int places(int after, boolean old) throws IOException {
        int entry = old ? 3 : 4;
        int claimed = old ? 0 : file.getInt(46);
        int colours = claimed > 0 ? Math.min(claimed, palette.length) : palette.length;
        long given = Integer.toUnsignedLong(file.getInt(10));
        // Some writers give an offset of the pixels that ignores the palette.
        long start = given <= after ? after + (long) entry * colours : given;
        if (start >= file.limit()) {
            throw PictureFormat.cut();
        }
        for (int i = 0; i < palette.length; i++) {
            int at = after + entry * i;
            boolean there = i < colours && at + 3 <= start;
            palette[i] = 0xFF000000 | (there ? file.getInt(at) & 0xFFFFFF : 0);
        }
        return (int) start;
    }

    private long rowBytes() {
        return ((long) width * bits + 31) / 32 * 4;
    }

    /** The end of the pixels. The last row needn't be padded. */
    private long lastByte() {
        return pixels + rowBytes() * (height - 1) + ((long) width * bits + 7) / 8;
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
        return 4L * width;
    }

    @Override
    public boolean wholeRows() {
        return true;
    }

    @Override
    public void decode(PixelRows rows) throws IOException {
        int[] argb = new int[width];
        if (compression == RLE8 || compression == RLE4) {
            new BmpRuns(file.position(pixels), compression == RLE4, width, height)
                    .decode((row, indices) -> put(rows, argb, row, indices));
            return;
        }
        for (int y = 0; y < height; y++) {
            int at = pixels + (int) (rowBytes() * y);
            for (int x = 0; x < width; x++) {
                argb[x] = bits > 8 ? masked(at + x * (bits / 8)) : palette[index(at, x)];
            }
            rows.put(0, place(y), argb, 0, width);
        }
    }

    private void put(PixelRows rows, int[] argb, int row, byte[] indices) {
        for (int x = 0; x < width; x++) {
            argb[x] = palette[indices[x] & palette.length - 1];
        }
        rows.put(0, place(row), argb, 0, width);
    }

    private int place(int row) {
        return topDown ? row : height - 1 - row;
    }

    private int index(int row, int x) {
        int place = x * bits;
        return file.get(row + place / 8) >> (8 - bits - place % 8) & (palette.length - 1);
    }

    private int masked(int at) {
        int value =
                switch (bits) {
                    case 16 -> Short.toUnsignedInt(file.getShort(at));
                    case 24 -> Short.toUnsignedInt(file.getShort(at)) | (file.get(at + 2) & 255) << 16;
                    default -> file.getInt(at);
                };
        int alpha = masks[3] == 0 ? 255 : part(value, masks[3]);
        return alpha << 24 | part(value, masks[0]) << 16 | part(value, masks[1]) << 8 | part(value, masks[2]);
    }

    /** The bits under the mask, scaled to 0 to 255. */
    private static int part(int value, int mask) {
        if (mask == 0) {
            return 0;
        }
        int shift = Integer.numberOfTrailingZeros(mask);
        long most = Integer.toUnsignedLong(mask) >> shift;
        return (int) ((Integer.toUnsignedLong(value & mask) >> shift) * 255 / most);
    }
}
