package org.diffusion4j.kernels;

import java.nio.ByteBuffer;
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
    public void addRows(ByteBuffer x, int rows, int columns, float[] sums) {
        PlainSoftmax.addRows(x, rows, columns, 0, sums);
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

    @Override
    public void winogradInput(WinogradForm form, ByteBuffer x, int xOffset, TileRows rows, ByteBuffer v) {
        PlainWinograd.input(form, x, xOffset, rows, v);
    }

    @Override
    public void winogradOutput(
            WinogradForm form,
            ByteBuffer m,
            TileRows rows,
            ByteBuffer bias,
            ByteBuffer residual,
            ByteBuffer y,
            int yOffset) {
        PlainWinograd.output(form, m, rows, bias, residual, y, yOffset);
    }

    @Override
    public void winogradWeight(WinogradForm form, ByteBuffer weight, int out, int in, boolean backward, ByteBuffer u) {
        PlainWinograd.weight(form, weight, out, in, backward, u);
    }

    @Override
    public void winogradOutputGradient(ByteBuffer dy, int yOffset, TileRows rows, ByteBuffer u) {
        PlainWinogradGradient.output(dy, yOffset, rows, u);
    }

    @Override
    public void winogradWeightGradient(ByteBuffer m, int out, int in, ByteBuffer gradient) {
        PlainWinogradGradient.weight(m, out, in, gradient);
    }
}
