package org.diffusion4j.data.webp;

import java.util.Arrays;

/** Reads one macroblock after another: its modes and its coefficients, RFC 6386, sections 11 and 13. */
final class Vp8Macroblock {
    static final int DC = 0;
    static final int TRUE_MOTION = 1;
    static final int VERTICAL = 2;
    static final int HORIZONTAL = 3;

    private static final int BLOCK = 16;
    private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
    private static final int[] BANDS = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0};
    /** The tree of 4x4 modes. For each node there are the targets of a 0 and of a 1; a mode is stored as its complement. */
    private static final int[] MODES = {~0, 1, ~1, 2, ~2, 3, 4, 6, ~3, 5, ~4, ~5, ~6, 7, ~7, 8, ~8, ~9};
    /** The probabilities of the bits of large values. */
    private static final int[][] LARGE = {
        {173, 148, 140},
        {176, 155, 140, 135},
        {180, 157, 141, 134, 130},
        {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
    };

    private static final int CONTEXT = Vp8Tables.PROBABILITIES;
    private static final int BAND = Vp8Tables.CONTEXTS * CONTEXT;
    private static final int TYPE = Vp8Tables.BANDS * BAND;

    private final Vp8Header header;
    private final Vp8Transform transform;
    private final int[] probabilities;
    /** What the blocks above and to the left had: four modes, and whether they had coefficients (4 Y, 2 U, 2 V, means). */
    private final byte[] modesAbove;

    private final byte[] modesLeft = new byte[4];
    private final byte[] above;
    private final byte[] left = new byte[9];

    int segment;
    boolean inBlocks;
    /** The mode of the macroblock, or those of its sixteen blocks. */
    final int[] modes = new int[16];

    int chromaMode;
    /** The dequantized coefficients: 16 blocks of Y, 4 of U and 4 of V, with 16 coefficients each. */
    final short[] coefficients = new short[24 * BLOCK];

    private final short[] means = new short[BLOCK];
    boolean hasCoefficients;

    Vp8Macroblock(Vp8Header header, Vp8Transform transform, int columns) {
        this.header = header;
        this.transform = transform;
        this.probabilities = header.coefficients;
        this.modesAbove = new byte[4 * columns];
        this.above = new byte[9 * columns];
    }

    void beginRow() {
        Arrays.fill(modesLeft, (byte) DC);
        Arrays.fill(left, (byte) 0);
    }

    void read(BoolDecoder tokens, int column) {
        BoolDecoder in = header.modes;
        segment = 0;
        if (header.segmentMap) {
            int[] p = header.segmentProbabilities;
            segment = in.bit(p[0]) == 0 ? in.bit(p[1]) : 2 + in.bit(p[2]);
        }
        boolean skipped = header.coefficientsProbability >= 0 && in.bit(header.coefficientsProbability) == 1;
        readModes(in, 4 * column);
        if (hasCoefficients) {
            Arrays.fill(coefficients, (short) 0);
        }
        hasCoefficients = false;
        if (skipped) {
            Arrays.fill(above, 9 * column, 9 * column + 8, (byte) 0);
            Arrays.fill(left, 0, 8, (byte) 0);
            if (!inBlocks) {
                above[9 * column + 8] = 0;
                left[8] = 0;
            }
        } else {
            readCoefficients(tokens, 9 * column);
        }
    }

    private void readModes(BoolDecoder in, int place) {
        inBlocks = in.bit(145) == 0;
        if (inBlocks) {
            for (int y = 0; y < 4; y++) {
                int mode = modesLeft[y];
                for (int x = 0; x < 4; x++) {
                    int p = (modesAbove[place + x] * 10 + mode) * 9;
                    int node = 0;
                    do {
                        node = MODES[2 * node + in.bit(Vp8Tables.BLOCK_MODES[p + node])];
                    } while (node > 0);
                    mode = ~node;
                    modes[4 * y + x] = mode;
                    modesAbove[place + x] = (byte) mode;
                }
                modesLeft[y] = (byte) mode;
            }
        } else {
            int mode = in.bit(156) == 1
                    ? (in.bit(128) == 1 ? TRUE_MOTION : HORIZONTAL)
                    : (in.bit(163) == 1 ? VERTICAL : DC);
            modes[0] = mode;
            Arrays.fill(modesAbove, place, place + 4, (byte) mode);
            Arrays.fill(modesLeft, (byte) mode);
        }
        chromaMode = in.bit(142) == 0 ? DC : in.bit(114) == 0 ? VERTICAL : in.bit(183) == 1 ? TRUE_MOTION : HORIZONTAL;
    }

    /**
     * What blocks of the same kind have in common.
     *
     * @param type the index of their probabilities
     * @param factors the factors of the first coefficient and of the others
     * @param first the first coefficient that is coded
     * @param out gets the coefficients
     */
    private record Kind(int type, int[] factors, int first, short[] out) {}

    private void readCoefficients(BoolDecoder tokens, int place) {
        Vp8Header.Quantizer quantizer = header.quantizers[segment];
        if (!inBlocks) {
            Arrays.fill(means, (short) 0);
            int count =
                    coefficients(tokens, new Kind(TYPE, quantizer.means(), 0, means), 0, above[place + 8] + left[8]);
            above[place + 8] = left[8] = (byte) (count > 0 ? 1 : 0);
            transform.spreadMeans(means, coefficients);
        }
        Kind luma = inBlocks
                ? new Kind(3 * TYPE, quantizer.luma(), 0, coefficients)
                : new Kind(0, quantizer.luma(), 1, coefficients);
        Kind chroma = new Kind(2 * TYPE, quantizer.chroma(), 0, coefficients);
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 4; x++) {
                block(tokens, luma, (4 * y + x) * BLOCK, place + x, y);
            }
        }
        for (int plane = 0; plane < 2; plane++) {
            for (int y = 0; y < 2; y++) {
                for (int x = 0; x < 2; x++) {
                    int side = 4 + 2 * plane;
                    int at = (16 + 4 * plane + 2 * y + x) * BLOCK;
                    block(tokens, chroma, at, place + side + x, side + y);
                }
            }
        }
    }

    private void block(BoolDecoder in, Kind kind, int at, int aboveAt, int leftAt) {
        int count = coefficients(in, kind, at, above[aboveAt] + left[leftAt]);
        above[aboveAt] = left[leftAt] = (byte) (count > kind.first ? 1 : 0);
        hasCoefficients |= count > 1 || coefficients[at] != 0;
    }

    /**
     * Reads the coefficients of a block.
     *
     * @param context how many of the two blocks above and to the left have coefficients
     * @return the index after the last coefficient that isn't 0; the kind's first index if there is none
     */
    private int coefficients(BoolDecoder in, Kind kind, int at, int context) {
        int type = kind.type;
        int p = type + BANDS[kind.first] * BAND + context * CONTEXT;
        for (int n = kind.first; n < BLOCK; n++) {
            if (in.bit(probabilities[p]) == 0) {
                return n;
            }
            while (in.bit(probabilities[p + 1]) == 0) {
                if (++n == BLOCK) {
                    return BLOCK;
                }
                p = type + BANDS[n] * BAND;
            }
            int next = type + BANDS[n + 1] * BAND;
            int value = 1;
            if (in.bit(probabilities[p + 2]) == 0) {
                p = next + CONTEXT;
            } else {
                value = large(in, p);
                p = next + 2 * CONTEXT;
            }
            kind.out[at + ZIGZAG[n]] = (short) (in.signed(value) * kind.factors[n > 0 ? 1 : 0]);
        }
        return BLOCK;
    }

    private int large(BoolDecoder in, int p) {
        int[] of = probabilities;
        if (in.bit(of[p + 3]) == 0) {
            return in.bit(of[p + 4]) == 0 ? 2 : 3 + in.bit(of[p + 5]);
        }
        if (in.bit(of[p + 6]) == 0) {
            return in.bit(of[p + 7]) == 0 ? 5 + in.bit(159) : 7 + 2 * in.bit(165) + in.bit(145);
        }
        int category = 2 * in.bit(of[p + 8]);
        category += in.bit(of[p + 9 + category / 2]);
        int value = 0;
        for (int probability : LARGE[category]) {
            value = 2 * value + in.bit(probability);
        }
        return value + 3 + (8 << category);
    }
}
