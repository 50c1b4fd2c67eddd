package org.diffusion4j.data.webp;

import java.util.Arrays;

/**
 * Predicts a block from the pixels above it and to its left: RFC 6386, section 12. These are at their places in the same
 * array; {@code at} is the index of the block's first pixel.
 */
final class Vp8Prediction {
    /** The pixels around a block, from the bottom left over the corner, which is e[4], to four pixels beyond the top right. */
    private final int[] e = new int[13];

    /** Predicts a macroblock's 16x16 or 8x8 pixels. */
    static void square(int mode, Vp8Square square, boolean hasAbove, boolean hasLeft) {
        byte[] p = square.pixels();
        int at = square.at();
        int stride = square.stride();
        int size = square.size();
        switch (mode) {
            case Vp8Macroblock.DC -> {
                int sum = 0;
                int sides = (hasAbove ? 1 : 0) + (hasLeft ? 1 : 0);
                for (int i = 0; i < size; i++) {
                    sum += hasAbove ? p[at - stride + i] & 255 : 0;
                    sum += hasLeft ? p[at + i * stride - 1] & 255 : 0;
                }
                int count = size * sides;
                fill(p, at, stride, size, sides == 0 ? 128 : (sum + count / 2) / count);
            }
            case Vp8Macroblock.TRUE_MOTION -> trueMotion(p, at, stride, size);
            case Vp8Macroblock.VERTICAL -> {
                for (int y = 0; y < size; y++) {
                    System.arraycopy(p, at - stride, p, at + y * stride, size);
                }
            }
            default -> {
                for (int y = 0; y < size; y++) {
                    int row = at + y * stride;
                    Arrays.fill(p, row, row + size, p[row - 1]);
                }
            }
        }
    }

    private static void fill(byte[] p, int at, int stride, int size, int value) {
        for (int y = 0; y < size; y++) {
            Arrays.fill(p, at + y * stride, at + y * stride + size, (byte) value);
        }
    }

    private static void trueMotion(byte[] p, int at, int stride, int size) {
        int corner = p[at - stride - 1] & 255;
        for (int y = 0; y < size; y++) {
            int row = at + y * stride;
            int change = (p[row - 1] & 255) - corner;
            for (int x = 0; x < size; x++) {
                p[row + x] = (byte) Math.max(0, Math.min(255, (p[at - stride + x] & 255) + change));
            }
        }
    }

    /** Predicts 4x4 pixels. */
    void block(int mode, byte[] p, int at, int stride) {
        for (int i = 0; i < 4; i++) {
            e[i] = p[at + (3 - i) * stride - 1] & 255;
        }
        for (int i = 0; i < 9; i++) {
            e[4 + i] = p[at - stride - 1 + i] & 255;
        }
        switch (mode) {
            case 0 -> {
                int sum = 4 + e[0] + e[1] + e[2] + e[3] + e[5] + e[6] + e[7] + e[8];
                fill(p, at, stride, 4, sum >> 3);
            }
            case 1 -> trueMotion(p, at, stride, 4);
            case 2 -> {
                for (int x = 0; x < 4; x++) {
                    column(p, at + x, stride, mean(5 + x));
                }
            }
            case 3 -> {
                for (int y = 0; y < 3; y++) {
                    int row = at + y * stride;
                    Arrays.fill(p, row, row + 4, (byte) mean(3 - y));
                }
                int row = at + 3 * stride;
                Arrays.fill(p, row, row + 4, (byte) ((e[1] + 3 * e[0] + 2) >> 2));
            }
            case 4 -> downRight(p, at, stride);
            case 5 -> verticalRight(p, at, stride);
            case 6 -> downLeft(p, at, stride);
            case 7 -> verticalLeft(p, at, stride);
            case 8 -> horizontalDown(p, at, stride);
            default -> horizontalUp(p, at, stride);
        }
    }

    private static void column(byte[] p, int at, int stride, int value) {
        for (int y = 0; y < 4; y++) {
            p[at + y * stride] = (byte) value;
        }
    }

    /** The mean of three pixels, of which the middle one counts twice. */
    private int mean(int middle) {
        return (e[middle - 1] + 2 * e[middle] + e[middle + 1] + 2) >> 2;
    }

    /** The mean of two pixels. */
    private int half(int first) {
        return (e[first] + e[first + 1] + 1) >> 1;
    }

    private void downRight(byte[] p, int at, int stride) {
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 4; x++) {
                p[at + y * stride + x] = (byte) mean(4 + x - y);
            }
        }
    }

    private void downLeft(byte[] p, int at, int stride) {
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 4; x++) {
                boolean last = x + y == 6;
                p[at + y * stride + x] = (byte) (last ? (e[11] + 3 * e[12] + 2) >> 2 : mean(6 + x + y));
            }
        }
    }

    private void verticalRight(byte[] p, int at, int stride) {
        for (int x = 0; x < 4; x++) {
            p[at + x] = (byte) half(4 + x);
            p[at + stride + x] = (byte) mean(4 + x);
        }
        shifted(p, at, stride, mean(3), mean(2));
    }

    /**
     * Fills the third and fourth row: these are the first and second row moved by one pixel to the right, with given first
     * pixels.
     */
    private static void shifted(byte[] p, int at, int stride, int third, int fourth) {
        System.arraycopy(p, at, p, at + 2 * stride + 1, 3);
        System.arraycopy(p, at + stride, p, at + 3 * stride + 1, 3);
        p[at + 2 * stride] = (byte) third;
        p[at + 3 * stride] = (byte) fourth;
    }

    private void verticalLeft(byte[] p, int at, int stride) {
        for (int x = 0; x < 4; x++) {
            p[at + x] = (byte) half(5 + x);
            p[at + stride + x] = (byte) mean(6 + x);
        }
        System.arraycopy(p, at + 1, p, at + 2 * stride, 3);
        System.arraycopy(p, at + stride + 1, p, at + 3 * stride, 3);
        // These two pixels don't follow the pattern.
        p[at + 2 * stride + 3] = (byte) mean(10);
        p[at + 3 * stride + 3] = (byte) mean(11);
    }

    private void horizontalDown(byte[] p, int at, int stride) {
        for (int y = 0; y < 4; y++) {
            int row = at + y * stride;
            p[row] = (byte) half(3 - y);
            p[row + 1] = (byte) mean(4 - y);
            p[row + 2] = y == 0 ? (byte) mean(5) : p[row - stride];
            p[row + 3] = y == 0 ? (byte) mean(6) : p[row - stride + 1];
        }
    }

    private void horizontalUp(byte[] p, int at, int stride) {
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 4; x++) {
                int place = 2 * y + x;
                int middle = 2 - place / 2;
                p[at + y * stride + x] = (byte)
                        (place > 5
                                ? e[0]
                                : place == 5
                                        ? (e[1] + 3 * e[0] + 2) >> 2
                                        : place % 2 == 0 ? half(middle) : mean(middle));
            }
        }
    }
}
