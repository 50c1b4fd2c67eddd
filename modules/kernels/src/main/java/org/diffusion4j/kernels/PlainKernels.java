package org.diffusion4j.kernels;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** Plain loops, for a JVM without the vector API, and for the rest of a row after its last whole vector. */
final class PlainKernels implements Kernels {
    @Override
    public void columnSums(ByteBuffer x, int offset, int rows, int columns, float[] sums, float[] squares) {
        Arrays.fill(sums, 0, columns, 0);
        Arrays.fill(squares, 0, columns, 0);
        columnSums(x, offset, rows, columns, 0, sums, squares);
    }

    static void columnSums(ByteBuffer x, int offset, int rows, int columns, int first, float[] sums, float[] squares) {
        for (int row = 0; row < rows; row++) {
            for (int column = first; column < columns; column++) {
                float d = x.getFloat(offset + 4 * (row * columns + column)) - x.getFloat(offset + 4 * column);
                sums[column] += d;
                squares[column] += d * d;
            }
        }
    }

    @Override
    public void affine(
            ByteBuffer x,
            int xOffset,
            ByteBuffer y,
            int yOffset,
            int rows,
            int columns,
            float[] scale,
            float[] shift,
            Activation activation) {
        affine(x, xOffset, y, yOffset, rows, columns, 0, scale, shift, activation);
    }

    static void affine(
            ByteBuffer x,
            int xOffset,
            ByteBuffer y,
            int yOffset,
            int rows,
            int columns,
            int first,
            float[] scale,
            float[] shift,
            Activation activation) {
        for (int row = 0; row < rows; row++) {
            for (int column = first; column < columns; column++) {
                int at = 4 * (row * columns + column);
                float value = x.getFloat(xOffset + at) * scale[column] + shift[column];
                y.putFloat(
                        yOffset + at,
                        switch (activation) {
                            case NONE -> value;
                            case SILU -> silu(value);
                            case RELU -> Math.max(value, 0);
                        });
            }
        }
    }

    static float silu(float x) {
        return (float) (x / (1 + Math.exp(-x)));
    }

    @Override
    public void add(ByteBuffer a, ByteBuffer b, ByteBuffer y, int length) {
        add(a, b, y, 0, length);
    }

    static void add(ByteBuffer a, ByteBuffer b, ByteBuffer y, int first, int length) {
        for (int i = 4 * first; i < 4 * length; i += 4) {
            y.putFloat(i, a.getFloat(i) + b.getFloat(i));
        }
    }

    @Override
    public void silu(ByteBuffer x, ByteBuffer y, int length) {
        silu(x, y, 0, length);
    }

    static void silu(ByteBuffer x, ByteBuffer y, int first, int length) {
        for (int i = 4 * first; i < 4 * length; i += 4) {
            y.putFloat(i, silu(x.getFloat(i)));
        }
    }

    @Override
    public void gelu(Gelu form, ByteBuffer x, ByteBuffer y, int length) {
        PlainGelu.gelu(form, x, y, 0, length);
    }

    @Override
    public void geluGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length) {
        PlainGelu.geluGradient(form, x, dy, dx, 0, length);
    }

    @Override
    public void gatedGelu(Gelu form, ByteBuffer x, ByteBuffer y, int rows, int columns) {
        PlainGelu.gated(form, x, y, rows, columns, 0);
    }

    @Override
    public void gatedGeluGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int rows, int columns) {
        PlainGelu.gatedGradient(form, x, dy, dx, rows, columns, 0);
    }

    @Override
    public void upsampleNearest(
            ByteBuffer x, int xOffset, ByteBuffer y, int yOffset, int height, int width, int channels) {
        int pixel = 4 * channels;
        for (int row = 0; row < 2 * height; row++) {
            for (int column = 0; column < 2 * width; column++) {
                int from = xOffset + (row / 2 * width + column / 2) * pixel;
                y.put(yOffset + (row * 2 * width + column) * pixel, x, from, pixel);
            }
        }
    }

    @Override
    public void copyColumns(
            ByteBuffer x, int xOffset, int xColumns, ByteBuffer y, int yOffset, int yColumns, int rows, int columns) {
        for (int row = 0; row < rows; row++) {
            y.put(yOffset + 4 * row * yColumns, x, xOffset + 4 * row * xColumns, 4 * columns);
        }
    }

    @Override
    public void normGradientSums(
            ByteBuffer x,
            ByteBuffer dy,
            ByteBuffer dz,
            int offset,
            int rows,
            int columns,
            float[] scale,
            float[] shift,
            float[] center,
            Activation activation,
            float[] sums,
            float[] products) {
        normGradientSums(x, dy, dz, offset, rows, columns, 0, scale, shift, center, activation, sums, products);
    }

    static void normGradientSums(
            ByteBuffer x,
            ByteBuffer dy,
            ByteBuffer dz,
            int offset,
            int rows,
            int columns,
            int first,
            float[] scale,
            float[] shift,
            float[] center,
            Activation activation,
            float[] sums,
            float[] products) {
        Arrays.fill(sums, first, columns, 0);
        Arrays.fill(products, first, columns, 0);
        for (int row = 0; row < rows; row++) {
            for (int column = first; column < columns; column++) {
                int at = offset + 4 * (row * columns + column);
                float value = x.getFloat(at);
                float z = value * scale[column] + shift[column];
                float gradient = dy.getFloat(at);
                gradient = switch (activation) {
                    case NONE -> gradient;
                    case SILU -> gradient * siluSlope(z);
                    case RELU -> z > 0 ? gradient : 0;
                };
                dz.putFloat(at, gradient);
                sums[column] += gradient;
                products[column] += gradient * (value - center[column]);
            }
        }
    }

    private static float siluSlope(float x) {
        double sigmoid = 1 / (1 + Math.exp(-x));
        return (float) (sigmoid * (1 + x * (1 - sigmoid)));
    }

    @Override
    public void normGradient(
            ByteBuffer dz,
            ByteBuffer x,
            ByteBuffer other,
            ByteBuffer dx,
            int offset,
            int rows,
            int columns,
            float[] a,
            float[] b,
            float[] c) {
        normGradient(dz, x, other, dx, offset, rows, columns, 0, a, b, c);
    }

    static void normGradient(
            ByteBuffer dz,
            ByteBuffer x,
            ByteBuffer other,
            ByteBuffer dx,
            int offset,
            int rows,
            int columns,
            int first,
            float[] a,
            float[] b,
            float[] c) {
        for (int row = 0; row < rows; row++) {
            for (int column = first; column < columns; column++) {
                int at = offset + 4 * (row * columns + column);
                float value = dz.getFloat(at) * a[column] + (x.getFloat(at) * b[column] + c[column]);
                dx.putFloat(at, other == null ? value : value + other.getFloat(at));
            }
        }
    }

    @Override
    public void siluGradient(ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length) {
        siluGradient(x, dy, dx, 0, length);
    }

    static void siluGradient(ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int first, int length) {
        for (int i = 4 * first; i < 4 * length; i += 4) {
            dx.putFloat(i, dy.getFloat(i) * siluSlope(x.getFloat(i)));
        }
    }

    @Override
    public void upsampleNearestGradient(
            ByteBuffer dy, int yOffset, ByteBuffer dx, int xOffset, int height, int width, int channels) {
        upsampleNearestGradient(dy, yOffset, dx, xOffset, height, width, channels, 0);
    }

    static void upsampleNearestGradient(
            ByteBuffer dy, int yOffset, ByteBuffer dx, int xOffset, int height, int width, int channels, int first) {
        int pixel = 4 * channels;
        int line = 2 * width * pixel;
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                int from = yOffset + (4 * row * width + 2 * column) * pixel;
                int to = xOffset + (row * width + column) * pixel;
                for (int at = 4 * first; at < pixel; at += 4) {
                    dx.putFloat(
                            to + at,
                            dy.getFloat(from + at)
                                    + dy.getFloat(from + pixel + at)
                                    + (dy.getFloat(from + line + at) + dy.getFloat(from + line + pixel + at)));
                }
            }
        }
    }

    @Override
    public double sumOfSquares(ByteBuffer x, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            double value = x.getFloat(4 * i);
            sum += value * value;
        }
        return sum;
    }

    @Override
    public void adamW(
            ByteBuffer parameter,
            ByteBuffer gradient,
            ByteBuffer first,
            ByteBuffer second,
            ByteBuffer average,
            int from,
            int to,
            AdamWStep step) {
        for (int at = 4 * from; at < 4 * to; at += 4) {
            float g = gradient.getFloat(at) * step.gradientScale();
            gradient.putFloat(at, 0);
            float m = first.getFloat(at) * step.beta1() + g * (1 - step.beta1());
            first.putFloat(at, m);
            float v = second.getFloat(at) * step.beta2() + g * g * (1 - step.beta2());
            second.putFloat(at, v);
            float root = (float) Math.sqrt(v) * step.rootScale() + step.eps();
            float p = parameter.getFloat(at) * step.decay() - step.stepSize() * m / root;
            parameter.putFloat(at, p);
            if (average != null) {
                float before = average.getFloat(at);
                average.putFloat(at, before + (p - before) * step.averageShare());
            }
        }
    }

    @Override
    public void softmaxPiece(ByteBuffer x, int rows, int columns, float[] largest, float[] sums, float[] shrink) {
        PlainSoftmax.piece(x, rows, columns, largest, sums, shrink);
    }

    @Override
    public void scaleRows(
            ByteBuffer x,
            int xColumns,
            ByteBuffer y,
            int yOffset,
            int yColumns,
            int rows,
            int columns,
            float[] factors) {
        for (int row = 0; row < rows; row++) {
            PlainSoftmax.scaleRow(x, 4 * row * xColumns, y, yOffset + 4 * row * yColumns, 0, columns, factors[row]);
        }
    }

    @Override
    public boolean areVectors() {
        return false;
    }

    private static final float[][] INPUT = {
        {4, 0, -5, 0, 1, 0},
        {0, -4, -4, 1, 1, 0},
        {0, 4, -4, -1, 1, 0},
        {0, -2, -1, 2, 1, 0},
        {0, 2, -1, -2, 1, 0},
        {0, 4, 0, -5, 0, 1}
    };
    private static final float[][] OUTPUT = {
        {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}
    };

    @Override
    public void winogradInput(
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
        int across = (width + 3) / 4;
        int tiles = (toRow - fromRow) * across;
        float[][] d = new float[6][6];
        for (int t = 0; t < tiles; t++) {
            for (int c = 0; c < channels; c++) {
                for (int i = 0; i < 6; i++) {
                    for (int j = 0; j < 6; j++) {
                        int row = (fromRow + t / across) * 4 - 1 + i;
                        int column = t % across * 4 - 1 + j;
                        boolean inside = row >= 0 && row < height && column >= 0 && column < width;
                        d[i][j] = inside ? x.getFloat(xOffset + 4 * ((row * width + column) * channels + c)) : 0;
                    }
                }
                float[][] numbers = transformed(INPUT, d);
                for (int n = 0; n < 36; n++) {
                    v.putFloat(4 * (n * plane + (tile + t) * channels + c), numbers[n / 6][n % 6]);
                }
            }
        }
    }

    /** t·d·tᵀ. */
    static float[][] transformed(float[][] t, float[][] d) {
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

    @Override
    public void winogradOutput(
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
        float[][] numbers = new float[6][6];
        for (int t = 0; t < tiles; t++) {
            for (int c = 0; c < channels; c++) {
                for (int n = 0; n < 36; n++) {
                    numbers[n / 6][n % 6] = m.getFloat(4 * (n * plane + (tile + t) * channels + c));
                }
                putTile(
                        transformed(OUTPUT, numbers),
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

    /** Writes those pixels of a tile that are inside the image. */
    static void putTile(
            float[][] pixels,
            ByteBuffer bias,
            ByteBuffer residual,
            ByteBuffer y,
            int yOffset,
            int height,
            int width,
            int channels,
            int tileRow,
            int tileColumn,
            int channel) {
        int side = pixels.length;
        for (int i = 0; i < side * side; i++) {
            int row = tileRow * side + i / side;
            int column = tileColumn * side + i % side;
            if (row < height && column < width) {
                int at = yOffset + 4 * ((row * width + column) * channels + channel);
                float value = pixels[i / side][i % side] + (bias == null ? 0 : bias.getFloat(4 * channel));
                y.putFloat(at, residual == null ? value : value + residual.getFloat(at));
            }
        }
    }

    static final int LANES = 16;

    /** Takes the transformed numbers of 16 pairs of channels, whose places in memory are far from each other. */
    interface Rows {
        /** Puts them at the place of the first number, in elements. */
        void put(int at, float[] numbers);
    }

    @Override
    public void winogradWeight(ByteBuffer weight, int out, int in, boolean backward, ByteBuffer u) {
        FloatBuffer numbers = u.asFloatBuffer();
        winogradWeight(weight, out, in, backward, (at, result) -> {
            for (int n = 0; n < 36; n++) {
                numbers.put(n * out * in + at, result, n * LANES, LANES);
            }
        });
    }

    static void winogradWeight(ByteBuffer weight, int out, int in, boolean backward, Rows u) {
        int rows = backward ? out : in;
        int columns = backward ? in : out;
        float[] w = new float[9 * LANES];
        float[] half = new float[18 * LANES];
        float[] result = new float[36 * LANES];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column += LANES) {
                kernels(weight, in, backward, row, column, w);
                for (int j = 0; j < 3; j++) {
                    winogradWeight(w, j, 3, half, j, 3);
                }
                for (int i = 0; i < 6; i++) {
                    winogradWeight(half, 3 * i, 1, result, 6 * i, 1);
                }
                u.put(row * columns + column, result);
            }
        }
    }

    /** Reads the kernels of 16 pairs of channels, and turns them if backward. */
    static void kernels(ByteBuffer weight, int in, boolean backward, int row, int column, float[] w) {
        for (int lane = 0; lane < LANES; lane++) {
            int o = backward ? row : column + lane;
            int i = backward ? column + lane : row;
            int at = 36 * (o * in + i);
            for (int k = 0; k < 9; k++) {
                w[(backward ? 8 - k : k) * LANES + lane] = weight.getFloat(at + 4 * k);
            }
        }
    }

    /** G·g in each lane, which turns three vectors into six. */
    private static void winogradWeight(float[] g, int from, int step, float[] result, int to, int stepTo) {
        int at0 = from * LANES;
        int at1 = (from + step) * LANES;
        int at2 = (from + 2 * step) * LANES;
        int next = stepTo * LANES;
        int at = to * LANES;
        for (int lane = 0; lane < LANES; lane++) {
            float g0 = g[at0 + lane];
            float g1 = g[at1 + lane];
            float g2 = g[at2 + lane];
            float outer = (g0 + g2) * (-1f / 6);
            float inner = g1 * (-1f / 6);
            float outer2 = g0 * (1f / 24) + g2 * (1f / 6);
            float inner2 = g1 * (1f / 12);
            result[at + lane] = g0 * 0.25f;
            result[at + next + lane] = outer + inner;
            result[at + 2 * next + lane] = outer - inner;
            result[at + 3 * next + lane] = outer2 + inner2;
            result[at + 4 * next + lane] = outer2 - inner2;
            result[at + 5 * next + lane] = g2;
        }
    }

    @Override
    public void smallWinogradInput(
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
        PlainSmallWinograd.input(x, xOffset, height, width, channels, fromRow, toRow, v, tile, plane);
    }

    @Override
    public void smallWinogradOutput(
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
        PlainSmallWinograd.output(m, tile, plane, bias, residual, y, yOffset, height, width, channels, fromRow, toRow);
    }

    @Override
    public void smallWinogradWeight(ByteBuffer weight, int out, int in, boolean backward, ByteBuffer u) {
        FloatBuffer numbers = u.asFloatBuffer();
        PlainSmallWinograd.weight(weight, out, in, backward, (at, result) -> {
            for (int n = 0; n < 16; n++) {
                numbers.put(n * out * in + at, result, n * LANES, LANES);
            }
        });
    }

    @Override
    public void upsampledWinogradOutput(
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
        PlainSmallWinograd.upsampledOutput(
                m, tile, plane, bias, residual, y, yOffset, height, width, channels, fromRow, toRow);
    }

    @Override
    public void upsampledWinogradWeight(ByteBuffer weight, int out, int in, ByteBuffer u) {
        FloatBuffer numbers = u.asFloatBuffer();
        PlainSmallWinograd.upsampledWeight(weight, out, in, (at, result) -> {
            for (int n = 0; n < 25; n++) {
                numbers.put(n * out * in + at, result, n * LANES, LANES);
            }
        });
    }

    @Override
    public void winogradOutputGradient(
            ByteBuffer dy,
            int yOffset,
            int height,
            int width,
            int channels,
            int fromRow,
            int toRow,
            ByteBuffer u,
            int tile,
            int plane) {
        PlainWinogradGradient.output(dy, yOffset, height, width, channels, fromRow, toRow, u, tile, plane);
    }

    @Override
    public void winogradWeightGradient(ByteBuffer m, int out, int in, ByteBuffer gradient) {
        PlainWinogradGradient.weight(m, out, in, gradient);
    }
}
