package org.diffusion4j.kernels;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Plain loops: for a JVM without the vector API, and for what is left of a row behind its last whole vector. */
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
    public void copyColumns(ByteBuffer x, int xOffset, ByteBuffer y, int yOffset, int rows, int columns, int yColumns) {
        for (int row = 0; row < rows; row++) {
            y.put(yOffset + 4 * row * yColumns, x, xOffset + 4 * row * columns, 4 * columns);
        }
    }
}
