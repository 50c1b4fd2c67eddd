package org.diffusion4j.kernels;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** The transforms of the gradient of a 3×3 convolution's weight, by loops that the compiler vectorises by itself. */
final class PlainWinogradGradient {
    static final int LANES = 16;

    private PlainWinogradGradient() {}

    /** Copies the 36 numbers of 16 pairs of channels, which are far from each other in memory. */
    interface Rows {
        /** Copies from the place of the first number, in elements. */
        void copy(int at, float[] all);
    }

    /** A·d·Aᵀ for each tile and channel. */
    static void output(ByteBuffer dy, int yOffset, TileRows rows, ByteBuffer u) {
        int across = rows.across(4);
        float[] d = new float[16];
        float[] half = new float[24];
        float[] numbers = new float[36];
        for (int t = 0; t < rows.tiles(4); t++) {
            for (int c = 0; c < rows.channels(); c++) {
                for (int i = 0; i < 16; i++) {
                    int row = (rows.fromRow() + t / across) * 4 + i / 4;
                    int column = t % across * 4 + i % 4;
                    boolean inside = row < rows.height() && column < rows.width();
                    d[i] = inside ? dy.getFloat(yOffset + rows.pixel(row, column, c)) : 0;
                }
                for (int j = 0; j < 4; j++) {
                    spread(d, j, 4, half, j, 4);
                }
                for (int i = 0; i < 6; i++) {
                    spread(half, 4 * i, 1, numbers, 6 * i, 1);
                }
                for (int n = 0; n < 36; n++) {
                    u.putFloat(rows.at(n, t, c), numbers[n]);
                }
            }
        }
    }

    /** A·d, which turns four numbers into six. */
    private static void spread(float[] d, int from, int step, float[] result, int to, int stepTo) {
        float even = d[from] + d[from + 2 * step];
        float odd = d[from + step] + d[from + 3 * step];
        float even4 = d[from] + 4 * d[from + 2 * step];
        float odd4 = 2 * d[from + step] + 8 * d[from + 3 * step];
        result[to] = d[from];
        result[to + stepTo] = even + odd;
        result[to + 2 * stepTo] = even - odd;
        result[to + 3 * stepTo] = even4 + odd4;
        result[to + 4 * stepTo] = even4 - odd4;
        result[to + 5 * stepTo] = d[from + 3 * step];
    }

    /** Gᵀ·m·G for each pair of channels. */
    static void weight(ByteBuffer m, int out, int in, ByteBuffer gradient) {
        FloatBuffer numbers = m.asFloatBuffer();
        weight(
                (at, all) -> {
                    for (int n = 0; n < 36; n++) {
                        numbers.get(n * out * in + at, all, n * LANES, LANES);
                    }
                },
                out,
                in,
                gradient);
    }

    static void weight(Rows rows, int out, int in, ByteBuffer gradient) {
        FloatBuffer result = gradient.asFloatBuffer();
        float[] all = new float[36 * LANES];
        float[] half = new float[18 * LANES];
        float[] g = new float[9 * LANES];
        float[] turned = new float[9 * LANES];
        for (int o = 0; o < out; o++) {
            for (int i = 0; i < in; i += LANES) {
                int at = o * in + i;
                rows.copy(at, all);
                for (int j = 0; j < 6; j++) {
                    gather(all, j, 6, half, j, 6);
                }
                for (int k = 0; k < 3; k++) {
                    gather(half, 6 * k, 1, g, 3 * k, 1);
                }
                for (int lane = 0; lane < LANES; lane++) {
                    for (int k = 0; k < 9; k++) {
                        turned[9 * lane + k] = g[k * LANES + lane];
                    }
                }
                result.put(9 * at, turned, 0, 9 * LANES);
            }
        }
    }

    /** Gᵀ·m in each lane, which turns six vectors into three. */
    private static void gather(float[] m, int from, int step, float[] result, int to, int stepTo) {
        int at = from * LANES;
        int next = step * LANES;
        int first = to * LANES;
        int second = (to + stepTo) * LANES;
        int third = (to + 2 * stepTo) * LANES;
        for (int lane = 0; lane < LANES; lane++) {
            float m1 = m[at + next + lane];
            float m2 = m[at + 2 * next + lane];
            float m3 = m[at + 3 * next + lane];
            float m4 = m[at + 4 * next + lane];
            float inner = (m1 + m2) * (-1f / 6);
            float outer = m3 + m4;
            result[first + lane] = m[at + lane] * 0.25f + inner + outer * (1f / 24);
            result[second + lane] = (m2 - m1) * (1f / 6) + (m3 - m4) * (1f / 12);
            result[third + lane] = inner + outer * (1f / 6) + m[at + 5 * next + lane];
        }
    }
}
