package org.diffusion4j.data.webp;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** WebP's lossless coding: RFC 9649, section 3. */
final class LosslessDecoder {
    private static final int SIGNATURE = 0x2F;
    private static final int SIZE_BITS = 14;
    private static final int LITERALS = 256;
    private static final int LENGTHS = 24;
    private static final int DISTANCES = 40;
    private static final int CACHE_HASH = 0x1E35A7BD;
    /**
     * The distances of the nearest pixels: the upper four bits are the rows above, the lower four bits are 8 minus the
     * columns to the left.
     */
    private static final int[] NEAREST = {
        0x18, 0x07, 0x17, 0x19, 0x28, 0x06, 0x27, 0x29, 0x16, 0x1a, 0x26, 0x2a, 0x38, 0x05, 0x37, 0x39, 0x15, 0x1b,
        0x36, 0x3a, 0x25, 0x2b, 0x48, 0x04, 0x47, 0x49, 0x14, 0x1c, 0x35, 0x3b, 0x46, 0x4a, 0x24, 0x2c, 0x58, 0x45,
        0x4b, 0x34, 0x3c, 0x03, 0x57, 0x59, 0x13, 0x1d, 0x56, 0x5a, 0x23, 0x2d, 0x44, 0x4c, 0x55, 0x5b, 0x33, 0x3d,
        0x68, 0x02, 0x67, 0x69, 0x12, 0x1e, 0x66, 0x6a, 0x22, 0x2e, 0x54, 0x5c, 0x43, 0x4d, 0x65, 0x6b, 0x32, 0x3e,
        0x78, 0x01, 0x77, 0x79, 0x53, 0x5d, 0x11, 0x1f, 0x64, 0x6c, 0x42, 0x4e, 0x76, 0x7a, 0x21, 0x2f, 0x75, 0x7b,
        0x31, 0x3f, 0x63, 0x6d, 0x52, 0x5e, 0x00, 0x74, 0x7c, 0x41, 0x4f, 0x10, 0x20, 0x62, 0x6e, 0x30, 0x73, 0x7d,
        0x51, 0x5f, 0x40, 0x72, 0x7e, 0x61, 0x6f, 0x50, 0x71, 0x7f, 0x60, 0x70
    };

    private final LosslessBits in;

    private LosslessDecoder(LosslessBits in) {
        this.in = in;
    }

    /** The codes of one area: green (together with lengths and indices into the cache), red, blue, alpha and distance. */
    private record Codes(PrefixCode green, PrefixCode red, PrefixCode blue, PrefixCode alpha, PrefixCode distance) {}

    /**
     * The codes of an image's areas.
     *
     * @param codes all codes
     * @param indices the index of each area's codes, row by row; null if all pixels have the same codes
     * @param bits an area has 2^bits pixels per side
     * @param columns the number of areas per row
     */
    private record Areas(Codes[] codes, int[] indices, int bits, int columns) {
        Codes at(int column, int row) {
            return indices == null ? codes[0] : codes[indices[(row >> bits) * columns + (column >> bits)]];
        }

        /** Whether a new area begins at a column. */
        boolean beginAt(int column) {
            return indices != null && (column & (1 << bits) - 1) == 0;
        }
    }

    /** Reads the width, the height, and whether the alpha counts (1 or 0). */
    static int[] size(byte[] data, int start, int end) throws IOException {
        LosslessBits in = new LosslessBits(data, start, end);
        if (in.read(8) != SIGNATURE) {
            throw new IOException("expected a lossless WebP's signature, found none");
        }
        int width = in.read(SIZE_BITS) + 1;
        int height = in.read(SIZE_BITS) + 1;
        int alpha = in.read(1);
        if (in.read(3) != 0) {
            throw new IOException("expected version 0 of lossless WebP, found another");
        }
        return new int[] {width, height, alpha};
    }

    /** Decodes data with a header to ARGB pixels, row by row. */
    static int[] decode(byte[] data, int start, int end) throws IOException {
        int[] size = size(data, start, end);
        return decode(data, start + 5, end, size[0], size[1]);
    }

    /** Decodes data without a header. */
    static int[] decode(byte[] data, int start, int end, int width, int height) throws IOException {
        return new LosslessDecoder(new LosslessBits(data, start, end)).picture(width, height);
    }

    private int[] picture(int width, int height) throws IOException {
        Deque<LosslessTransform> transforms = new ArrayDeque<>();
        int codedWidth = width;
        int seen = 0;
        while (in.flag()) {
            int type = in.read(2);
            if ((seen >> type & 1) == 1) {
                throw new IOException("a transform comes twice");
            }
            seen |= 1 << type;
            LosslessTransform transform = transform(type, codedWidth, height);
            transforms.push(transform);
            codedWidth = transform.codedWidth();
        }
        int[] pixels = new int[width * height];
        pixels(pixels, codedWidth, height, true);
        for (LosslessTransform transform : transforms) {
            transform.undo(pixels, height);
        }
        return pixels;
    }

    private LosslessTransform transform(int type, int width, int height) throws IOException {
        switch (type) {
            case 0, 1 -> {
                int bits = 2 + in.read(3);
                int[] blocks = image(blocks(width, bits), blocks(height, bits));
                return type == 0
                        ? new LosslessTransform.Predictor(width, bits, blocks)
                        : new LosslessTransform.Colour(width, bits, blocks);
            }
            case 2 -> {
                return new LosslessTransform.AddGreen(width);
            }
            default -> {
                return LosslessTransform.Palette.of(width, image(in.read(8) + 1, 1));
            }
        }
    }

    private static int blocks(int pixels, int bits) {
        return (pixels + (1 << bits) - 1) >> bits;
    }

    /** Decodes a small image that describes the large one. */
    private int[] image(int width, int height) throws IOException {
        int[] pixels = new int[width * height];
        pixels(pixels, width, height, false);
        return pixels;
    }

    private void pixels(int[] pixels, int width, int height, boolean whole) throws IOException {
        int cacheBits = in.flag() ? in.read(4) : 0;
        if (cacheBits > 11) {
            throw new IOException("expected a colour cache of at most 11 bits, found " + cacheBits);
        }
        int[] indices = null;
        int bits = 0;
        int count = 1;
        if (whole && in.flag()) {
            bits = 2 + in.read(3);
            indices = image(blocks(width, bits), blocks(height, bits));
            for (int i = 0; i < indices.length; i++) {
                indices[i] = indices[i] >> 8 & 0xFFFF;
                count = Math.max(count, indices[i] + 1);
            }
        }
        Codes[] codes = new Codes[count];
        int greens = LITERALS + LENGTHS + (cacheBits == 0 ? 0 : 1 << cacheBits);
        PrefixCode.Reader reader = new PrefixCode.Reader(in, greens);
        for (int i = 0; i < count; i++) {
            PrefixCode green = reader.read(greens);
            PrefixCode red = reader.read(LITERALS);
            PrefixCode blue = reader.read(LITERALS);
            codes[i] = new Codes(green, red, blue, reader.read(LITERALS), reader.read(DISTANCES));
        }
        int[] cache = cacheBits == 0 ? null : new int[1 << cacheBits];
        pixels(pixels, width, width * height, new Areas(codes, indices, bits, blocks(width, bits)), cache);
    }

    private void pixels(int[] pixels, int width, int end, Areas areas, int[] cache) throws IOException {
        int shift = cache == null ? 0 : 32 - Integer.numberOfTrailingZeros(cache.length);
        Codes here = areas.at(0, 0);
        int cached = 0;
        int column = 0;
        int row = 0;
        int at = 0;
        boolean jumped = true;
        while (at < end) {
            if (jumped || areas.beginAt(column)) {
                here = areas.at(column, row);
            }
            int symbol = here.green.next(in);
            int length = 1;
            jumped = false;
            if (symbol < LITERALS) {
                int red = here.red.next(in);
                int blue = here.blue.next(in);
                pixels[at] = here.alpha.next(in) << 24 | red << 16 | symbol << 8 | blue;
            } else if (symbol < LITERALS + LENGTHS) {
                length = extended(symbol - LITERALS);
                int distance = distance(extended(here.distance.next(in)), width);
                if (distance > at || length > end - at) {
                    throw new IOException("a copy reaches beyond the picture");
                }
                for (int i = at; i < at + length; i++) {
                    pixels[i] = pixels[i - distance];
                }
                jumped = true;
            } else {
                for (; cached < at; cached++) {
                    cache[(CACHE_HASH * pixels[cached]) >>> shift] = pixels[cached];
                }
                pixels[at] = cache[symbol - LITERALS - LENGTHS];
            }
            at += length;
            column += length;
            if (column >= width) {
                row += column / width;
                column %= width;
                for (; cache != null && cached < at; cached++) {
                    cache[(CACHE_HASH * pixels[cached]) >>> shift] = pixels[cached];
                }
            }
        }
    }

    /** Reads a length or distance, of which a symbol gives the magnitude and further bits the rest. */
    private int extended(int symbol) throws IOException {
        if (symbol < 4) {
            return symbol + 1;
        }
        int bits = (symbol - 2) >> 1;
        return ((2 + (symbol & 1)) << bits) + in.read(bits) + 1;
    }

    private static int distance(int code, int width) {
        if (code > NEAREST.length) {
            return code - NEAREST.length;
        }
        int near = NEAREST[code - 1];
        return Math.max(1, (near >> 4) * width + 8 - (near & 15));
    }
}
