package org.diffusion4j.kernels;

import java.nio.ByteBuffer;

/** The transforms of {@link Kernels#smallWinogradInput} and its like, one number at a time. */
final class PlainSmallWinograd {
    private static final int LANES = PlainKernels.LANES;
    /** The products of one direction. */
    private static final int PRODUCTS = 5;

    private static final float[][] INPUT = {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, 1, -1, 0}, {0, -1, 0, 1}};
    private static final float[][] OUTPUT = {{1, 1, 1, 0}, {0, 1, -1, 1}};
    private static final float[][] UPSAMPLED = {{1, 1, -1, 0, 0}, {0, 1, 0, 0, 1}, {0, 1, 1, 0, 0}, {0, 1, 0, 1, -1}};

    private PlainSmallWinograd() {}

    /** The place of a product of row i and column j: first those of the 16 numbers, then those of the third row and column again. */
    static int place(int i, int j) {
        if (j == 4) {
            return 20 + i;
        }
        return 4 * i + j;
    }

    static void input(
            ByteBuffer x,
            int xOffset,
            int height,
            int width,
            int channels,
            int fromRow,
            int toRow,
            ByteBuffer v,
            int tile,
            int plane) {
        int across = (width + 1) / 2;
        int tiles = (toRow - fromRow) * across;
        float[][] d = new float[4][4];
        for (int t = 0; t < tiles; t++) {
            for (int c = 0; c < channels; c++) {
                for (int n = 0; n < 16; n++) {
                    int row = (fromRow + t / across) * 2 - 1 + n / 4;
                    int column = t % across * 2 - 1 + n % 4;
                    boolean inside = row >= 0 && row < height && column >= 0 && column < width;
                    d[n / 4][n % 4] = inside ? x.getFloat(xOffset + 4 * ((row * width + column) * channels + c)) : 0;
                }
                float[][] numbers = PlainKernels.transformed(INPUT, d);
                for (int n = 0; n < 16; n++) {
                    v.putFloat(4 * (n * plane + (tile + t) * channels + c), numbers[n / 4][n % 4]);
                }
            }
        }
    }

    static void output(
            ByteBuffer m,
            int tile,
            int plane,
            ByteBuffer bias,
            ByteBuffer residual,
            ByteBuffer y,
            int yOffset,
            int height,
            int width,
            int channels,
            int fromRow,
            int toRow) {
        int across = (width + 1) / 2;
        int tiles = (toRow - fromRow) * across;
        float[][] numbers = new float[4][4];
        for (int t = 0; t < tiles; t++) {
            for (int c = 0; c < channels; c++) {
                for (int n = 0; n < 16; n++) {
                    numbers[n / 4][n % 4] = m.getFloat(4 * (n * plane + (tile + t) * channels + c));
                }
                PlainKernels.putTile(
                        PlainKernels.transformed(OUTPUT, numbers),
                        bias,
                        residual,
                        y,
                        yOffset,
                        height,
                        width,
                        channels,
                        fromRow + t / across,
                        t % across,
                        c);
            }
        }
    }

    static void upsampledOutput(
            ByteBuffer m,
            int tile,
            int plane,
            ByteBuffer bias,
            ByteBuffer residual,
            ByteBuffer y,
            int yOffset,
            int height,
            int width,
            int channels,
            int fromRow,
            int toRow) {
        int across = (width + 3) / 4;
        int tiles = (toRow - fromRow) * across;
        float[][] numbers = new float[PRODUCTS][PRODUCTS];
        for (int t = 0; t < tiles; t++) {
            for (int c = 0; c < channels; c++) {
                for (int i = 0; i < PRODUCTS; i++) {
                    for (int j = 0; j < PRODUCTS; j++) {
                        numbers[i][j] = m.getFloat(4 * (place(i, j) * plane + (tile + t) * channels + c));
                    }
                }
                PlainKernels.putTile(
                        PlainKernels.transformed(UPSAMPLED, numbers),
                        bias,
                        residual,
                        y,
                        yOffset,
                        height,
                        width,
                        channels,
                        fromRow + t / across,
                        t % across,
                        c);
            }
        }
    }

    static void weight(ByteBuffer weight, int out, int in, boolean backward, PlainKernels.Rows u) {
        int rows = backward ? out : in;
        int columns = backward ? in : out;
        float[] w = new float[9 * LANES];
        float[] half = new float[12 * LANES];
        float[] result = new float[16 * LANES];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column += LANES) {
                PlainKernels.kernels(weight, in, backward, row, column, w);
                for (int j = 0; j < 3; j++) {
                    weight(w, j, 3, half, j, 3);
                }
                for (int i = 0; i < 4; i++) {
                    weight(half, 3 * i, 1, result, 4 * i, 1);
                }
                u.put(row * columns + column, result);
            }
        }
    }

    /** Turns three vectors into four. */
    private static void weight(float[] g, int from, int step, float[] result, int to, int stepTo) {
        int at0 = from * LANES;
        int at1 = (from + step) * LANES;
        int at2 = (from + 2 * step) * LANES;
        int next = stepTo * LANES;
        int at = to * LANES;
        for (int lane = 0; lane < LANES; lane++) {
            float g0 = g[at0 + lane];
            float g1 = g[at1 + lane];
            float g2 = g[at2 + lane];
            result[at + lane] = g0;
            result[at + next + lane] = (g0 + g1 + g2) * 0.5f;
            result[at + 2 * next + lane] = (g1 - g0 - g2) * 0.5f;
            result[at + 3 * next + lane] = g2;
        }
    }

    static void upsampledWeight(ByteBuffer weight, int out, int in, PlainKernels.Rows u) {
        float[] w = new float[9 * LANES];
        float[] half = new float[3 * PRODUCTS * LANES];
        float[] result = new float[PRODUCTS * PRODUCTS * LANES];
        for (int row = 0; row < in; row++) {
            for (int column = 0; column < out; column += LANES) {
                PlainKernels.kernels(weight, in, false, row, column, w);
                for (int j = 0; j < 3; j++) {
                    upsampledWeight(w, j, 3, half, j, 3, 12 + j);
                }
                for (int i = 0; i < PRODUCTS; i++) {
                    upsampledWeight(half, 3 * i, 1, result, place(i, 0), 1, place(i, 4));
                }
                u.put(row * out + column, result);
            }
        }
    }

    /** Turns three vectors into five, of which the last has a place of its own. */
    private static void upsampledWeight(float[] g, int from, int step, float[] result, int to, int stepTo, int last) {
        int at0 = from * LANES;
        int at1 = (from + step) * LANES;
        int at2 = (from + 2 * step) * LANES;
        int next = stepTo * LANES;
        int at = to * LANES;
        for (int lane = 0; lane < LANES; lane++) {
            float g0 = g[at0 + lane];
            float g1 = g[at1 + lane];
            float g2 = g[at2 + lane];
            result[at + lane] = g0;
            result[at + next + lane] = (g0 + g1 + g2) * 0.5f;
            result[at + 2 * next + lane] = (g0 - g1 - g2) * 0.5f;
            result[at + 3 * next + lane] = g2;
            result[last * LANES + lane] = (g0 + g1 - g2) * 0.5f;
        }
    }
}
