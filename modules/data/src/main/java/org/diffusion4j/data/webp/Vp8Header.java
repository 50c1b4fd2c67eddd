package org.diffusion4j.data.webp;

import java.io.IOException;

/** The header of a key frame, which precedes its macroblocks: RFC 6386, section 9. */
final class Vp8Header {
    static final int SEGMENTS = 4;
    private static final int TAG_BYTES = 3;
    private static final int SIZE_BYTES = 7;

    final int width;
    final int height;
    final BoolDecoder modes;
    final BoolDecoder[] tokens;

    final boolean segmentMap;
    final int[] segmentProbabilities = {255, 255, 255};
    final Quantizer[] quantizers = new Quantizer[SEGMENTS];
    final boolean simpleFilter;
    final int sharpness;
    /** The strength of the filter, from 0 (none) to 63, by segment and by whether the macroblock is predicted in 4x4 blocks. */
    final int[][] filterLevels = new int[SEGMENTS][2];

    final int[] coefficients;
    /** The probability, in 256ths, that a macroblock has coefficients; -1 if all have some. */
    final int coefficientsProbability;

    private boolean segmented;
    private boolean absolute = true;
    private final int[] segmentQuantizers = new int[SEGMENTS];
    private final int[] segmentLevels = new int[SEGMENTS];

    /**
     * The factors of coefficients: first that of a block's first coefficient, then that of the others.
     *
     * @param luma the factors for 4x4 blocks of brightness
     * @param means the factors for a macroblock's sixteen means
     * @param chroma the factors for 4x4 blocks of colour
     */
    record Quantizer(int[] luma, int[] means, int[] chroma) {}

    /** @param start the beginning of the frame in the data */
    Vp8Header(byte[] data, int start, int end) throws IOException {
        int[] size = size(data, start, end);
        this.width = size[0];
        this.height = size[1];
        int first = start + TAG_BYTES + SIZE_BYTES;
        int firstEnd = first + (tag(data, start) >> 5);
        if (firstEnd > end) {
            throw WebP.cut();
        }
        modes = new BoolDecoder(data, first, firstEnd);
        modes.flag(); // the colour space, of which there is only one
        modes.flag(); // whether values need no clamping; clamping them changes nothing
        segmentMap = segments();
        simpleFilter = modes.flag();
        int level = modes.number(6);
        sharpness = modes.number(3);
        filterLevels(level);
        tokens = tokens(data, firstEnd, end);
        quantizers();
        modes.flag(); // whether the probabilities apply to later frames
        coefficients = coefficients();
        coefficientsProbability = modes.flag() ? modes.number(8) : -1;
    }

    private static int tag(byte[] data, int at) {
        return (data[at] & 255) | (data[at + 1] & 255) << 8 | (data[at + 2] & 255) << 16;
    }

    /** Reads the width and the height, each less than 2^14. */
    static int[] size(byte[] data, int start, int end) throws IOException {
        if (end - start < TAG_BYTES + SIZE_BYTES) {
            throw WebP.cut();
        }
        int tag = tag(data, start);
        boolean key = (tag & 1) == 0 && (tag >> 1 & 7) <= 3 && (tag >> 4 & 1) == 1;
        if (!key || tag(data, start + TAG_BYTES) != 0x2A019D) {
            throw new IOException("expected a VP8 key frame that is shown, found none");
        }
        int width = tag(data, start + 6) & 0x3FFF;
        int height = tag(data, start + 7) >> 8 & 0x3FFF;
        if (width == 0 || height == 0) {
            throw new IOException("expected a VP8 frame with pixels, found " + width + "x" + height);
        }
        return new int[] {width, height};
    }

    /** Whether the first partition can be complete: each macroblock takes at least two bits of it. */
    static boolean holds(byte[] data, int start, int macroblocks) {
        return macroblocks <= (tag(data, start) >> 5) * 4L + 4;
    }

    private boolean segments() {
        segmented = modes.flag();
        if (!segmented) {
            return false;
        }
        boolean map = modes.flag();
        if (modes.flag()) {
            absolute = modes.flag();
            for (int i = 0; i < SEGMENTS; i++) {
                segmentQuantizers[i] = modes.optional(7);
            }
            for (int i = 0; i < SEGMENTS; i++) {
                segmentLevels[i] = modes.optional(6);
            }
        }
        for (int i = 0; map && i < segmentProbabilities.length; i++) {
            segmentProbabilities[i] = modes.flag() ? modes.number(8) : 255;
        }
        return map;
    }

    private void filterLevels(int level) {
        int[] references = new int[4];
        int[] kinds = new int[4];
        boolean deltas = modes.flag();
        if (deltas && modes.flag()) {
            for (int i = 0; i < references.length; i++) {
                references[i] = modes.optional(6);
            }
            for (int i = 0; i < kinds.length; i++) {
                kinds[i] = modes.optional(6);
            }
        }
        for (int segment = 0; level > 0 && segment < SEGMENTS; segment++) {
            int base = !segmented ? level : segmentLevels[segment] + (absolute ? 0 : level);
            for (int blocks = 0; blocks < 2; blocks++) {
                filterLevels[segment][blocks] = clamp(base + references[0] + blocks * kinds[0], 63);
            }
        }
    }

    private BoolDecoder[] tokens(byte[] data, int start, int end) throws IOException {
        BoolDecoder[] parts = new BoolDecoder[1 << modes.number(2)];
        int at = start + 3 * (parts.length - 1);
        if (at >= end) {
            throw WebP.cut();
        }
        for (int i = 0; i < parts.length; i++) {
            int length = i == parts.length - 1 ? end - at : Math.min(end - at, tag(data, start + 3 * i));
            parts[i] = new BoolDecoder(data, at, at + length);
            at += length;
        }
        return parts;
    }

    private void quantizers() {
        int base = modes.number(7);
        int lumaFirst = modes.optional(4);
        int meansFirst = modes.optional(4);
        int means = modes.optional(4);
        int chromaFirst = modes.optional(4);
        int chroma = modes.optional(4);
        for (int i = 0; i < SEGMENTS; i++) {
            int q = !segmented ? base : segmentQuantizers[i] + (absolute ? 0 : base);
            quantizers[i] = new Quantizer(
                    new int[] {Vp8Tables.DC_FACTORS[clamp(q + lumaFirst, 127)], Vp8Tables.AC_FACTORS[clamp(q, 127)]},
                    new int[] {
                        Vp8Tables.DC_FACTORS[clamp(q + meansFirst, 127)] * 2,
                        Math.max(8, Vp8Tables.AC_FACTORS[clamp(q + means, 127)] * 155 / 100)
                    },
                    new int[] {
                        Vp8Tables.DC_FACTORS[clamp(q + chromaFirst, 117)], Vp8Tables.AC_FACTORS[clamp(q + chroma, 127)]
                    });
        }
    }

    private int[] coefficients() {
        int[] probabilities = Vp8Tables.COEFFICIENTS.clone();
        for (int i = 0; i < probabilities.length; i++) {
            if (modes.bit(Vp8Tables.COEFFICIENT_UPDATES[i]) == 1) {
                probabilities[i] = modes.number(8);
            }
        }
        return probabilities;
    }

    private static int clamp(int value, int most) {
        return Math.max(0, Math.min(most, value));
    }
}
