package org.diffusion4j.kernels;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** Winograd's transforms, one number at a time; those of weights by loops that the compiler vectorises by itself. */
final class PlainWinograd {
    static final int LANES = 16;

    private static final float[][] INPUT = {
        {4, 0, -5, 0, 1, 0},
        {0, -4, -4, 1, 1, 0},
        {0, 4, -4, -1, 1, 0},
        {0, -2, -1, 2, 1, 0},
        {0, 2, -1, -2, 1, 0},
        {0, 4, 0, -5, 0, 1}
    };
    private static final float[][] SMALL_INPUT = {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, 1, -1, 0}, {0, -1, 0, 1}};
    private static final float[][] OUTPUT = {
        {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}
    };
    private static final float[][] SMALL_OUTPUT = {{1, 1, 1, 0}, {0, 1, -1, 1}};
    private static final float[][] UPSAMPLED_OUTPUT = {
        {1, 1, -1, 0, 0}, {0, 1, 0, 0, 1}, {0, 1, 1, 0, 0}, {0, 1, 0, 1, -1}
    };

    private PlainWinograd() {}

    static void input(WinogradForm form, ByteBuffer x, int xOffset, TileRows rows, ByteBuffer v) {
        float[][] matrix = form == WinogradForm.PLAIN ? INPUT : SMALL_INPUT;
        int side = form.imageSide();
        int across = rows.across(side);
        int size = form.numbersAcross();
        float[][] d = new float[size][size];
        for (int t = 0; t < rows.tiles(side); t++) {
            for (int c = 0; c < rows.channels(); c++) {
                for (int n = 0; n < size * size; n++) {
                    int row = (rows.fromRow() + t / across) * side - 1 + n / size;
                    int column = t % across * side - 1 + n % size;
                    boolean inside = row >= 0 && row < rows.height() && column >= 0 && column < rows.width();
                    d[n / size][n % size] = inside ? x.getFloat(xOffset + rows.pixel(row, column, c)) : 0;
                }
                float[][] numbers = transformed(matrix, d);
                for (int n = 0; n < size * size; n++) {
                    v.putFloat(rows.at(n, t, c), numbers[n / size][n % size]);
                }
            }
        }
    }

    /** t·d·tᵀ. */
    private static float[][] transformed(float[][] t, float[][] d) {
        float[][] result = new float[t.length][t.length];
        for (int i = 0; i < t.length; i++) {
            for (int j = 0; j < t.length; j++) {
                double sum = 0;
                for (int k = 0; k < d.length; k++) {
                    for (int l = 0; l < d.length; l++) {
                        sum += (double) t[i][k] * d[k][l] * t[j][l];
                    }
                }
                result[i][j] = (float) sum;
            }
        }
        return result;
    }

    static void output(
            WinogradForm form,
            ByteBuffer m,
            TileRows rows,
            ByteBuffer bias,
            ByteBuffer residual,
            ByteBuffer y,
            int yOffset) {
        float[][] matrix =
                switch (form) {
                    case PLAIN -> OUTPUT;
                    case SMALL -> SMALL_OUTPUT;
                    case UPSAMPLED -> UPSAMPLED_OUTPUT;
                };
        int side = form.side();
        int across = rows.across(side);
        int size = form.productsAcross();
        float[][] products = new float[size][size];
        for (int t = 0; t < rows.tiles(side); t++) {
            for (int c = 0; c < rows.channels(); c++) {
                for (int i = 0; i < size; i++) {
                    for (int j = 0; j < size; j++) {
                        products[i][j] = m.getFloat(rows.at(form.product(i, j), t, c));
                    }
                }
                float[][] pixels = transformed(matrix, products);
                for (int i = 0; i < side * side; i++) {
                    int row = (rows.fromRow() + t / across) * side + i / side;
                    int column = t % across * side + i % side;
                    if (row < rows.height() && column < rows.width()) {
                        int at = yOffset + rows.pixel(row, column, c);
                        float value = pixels[i / side][i % side] + (bias == null ? 0 : bias.getFloat(4 * c));
                        y.putFloat(at, residual == null ? value : value + residual.getFloat(at));
                    }
                }
            }
        }
    }

    /** Takes the transformed numbers of 16 pairs of channels, whose places in memory are far from each other. */
    interface Rows {
        /** Puts them at the place of the first number, in elements. */
        void put(int at, float[] numbers);
    }

    static void weight(WinogradForm form, ByteBuffer weight, int out, int in, boolean backward, ByteBuffer u) {
        FloatBuffer numbers = u.asFloatBuffer();
        weight(form, weight, out, in, backward, (at, result) -> {
            for (int n = 0; n < form.products(); n++) {
                numbers.put(n * out * in + at, result, n * LANES, LANES);
            }
        });
    }

    static void weight(WinogradForm form, ByteBuffer weight, int out, int in, boolean backward, Rows u) {
        if (backward && form == WinogradForm.UPSAMPLED) {
            throw new IllegalArgumentException(
                    "backward: expected false, as only the forward pass has this form, found true");
        }
        int size = form.productsAcross();
        int[][] columns = new int[3][size];
        int[][] lines = new int[size][size];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < 3; j++) {
                columns[j][i] = (3 * i + j) * LANES;
            }
            for (int j = 0; j < size; j++) {
                lines[i][j] = form.product(i, j) * LANES;
            }
        }
        int down = backward ? out : in;
        int across = backward ? in : out;
        float[] g = new float[9 * LANES];
        float[] half = new float[3 * size * LANES];
        float[] result = new float[size * size * LANES];
        for (int row = 0; row < down; row++) {
            for (int column = 0; column < across; column += LANES) {
                kernels(weight, in, backward, row, column, g);
                for (int j = 0; j < 3; j++) {
                    weight(form, g, j * LANES, 3 * LANES, half, columns[j]);
                }
                for (int i = 0; i < size; i++) {
                    weight(form, half, 3 * i * LANES, LANES, result, lines[i]);
                }
                u.put(row * across + column, result);
            }
        }
    }

    /** Reads the kernels of 16 pairs of channels, and turns them if backward. */
    private static void kernels(ByteBuffer weight, int in, boolean backward, int row, int column, float[] g) {
        for (int lane = 0; lane < LANES; lane++) {
            int o = backward ? row : column + lane;
            int i = backward ? column + lane : row;
            int at = 36 * (o * in + i);
            for (int k = 0; k < 9; k++) {
                g[(backward ? 8 - k : k) * LANES + lane] = weight.getFloat(at + 4 * k);
            }
        }
    }

    /** G·g in each lane, which turns three vectors into as many as there are places for them. */
    private static void weight(WinogradForm form, float[] g, int from, int step, float[] result, int[] places) {
        switch (form) {
            case PLAIN -> plainWeight(g, from, step, result, places);
            case SMALL -> smallWeight(g, from, step, result, places);
            case UPSAMPLED -> upsampledWeight(g, from, step, result, places);
        }
    }

    private static void plainWeight(float[] g, int from, int step, float[] result, int[] places) {
        int at0 = places[0];
        int at1 = places[1];
        int at2 = places[2];
        int at3 = places[3];
        int at4 = places[4];
        int at5 = places[5];
        for (int lane = 0; lane < LANES; lane++) {
            float g0 = g[from + lane];
            float g1 = g[from + step + lane];
            float g2 = g[from + 2 * step + lane];
            float outer = (g0 + g2) * (-1f / 6);
            float inner = g1 * (-1f / 6);
            float outer2 = g0 * (1f / 24) + g2 * (1f / 6);
            float inner2 = g1 * (1f / 12);
            result[at0 + lane] = g0 * 0.25f;
            result[at1 + lane] = outer + inner;
            result[at2 + lane] = outer - inner;
            result[at3 + lane] = outer2 + inner2;
            result[at4 + lane] = outer2 - inner2;
            result[at5 + lane] = g2;
        }
    }

    private static void smallWeight(float[] g, int from, int step, float[] result, int[] places) {
        int at0 = places[0];
        int at1 = places[1];
        int at2 = places[2];
        int at3 = places[3];
        for (int lane = 0; lane < LANES; lane++) {
            float g0 = g[from + lane];
            float g1 = g[from + step + lane];
            float g2 = g[from + 2 * step + lane];
            result[at0 + lane] = g0;
            result[at1 + lane] = (g0 + g1 + g2) * 0.5f;
            result[at2 + lane] = (g1 - g0 - g2) * 0.5f;
            result[at3 + lane] = g2;
        }
    }

    private static void upsampledWeight(float[] g, int from, int step, float[] result, int[] places) {
        int at0 = places[0];
        int at1 = places[1];
        int at2 = places[2];
        int at3 = places[3];
        int at4 = places[4];
        for (int lane = 0; lane < LANES; lane++) {
            float g0 = g[from + lane];
            float g1 = g[from + step + lane];
            float g2 = g[from + 2 * step + lane];
            result[at0 + lane] = g0;
            result[at1 + lane] = (g0 + g1 + g2) * 0.5f;
            result[at2 + lane] = (g0 - g1 - g2) * 0.5f;
            result[at3 + lane] = g2;
            result[at4 + lane] = (g0 + g1 - g2) * 0.5f;
        }
    }
}
