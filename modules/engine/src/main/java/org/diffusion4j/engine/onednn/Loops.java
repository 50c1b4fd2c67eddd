package org.diffusion4j.engine.onednn;

import java.util.Arrays;
import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Dropout;
import org.diffusion4j.engine.ir.ElementwiseOp.Function;
import org.diffusion4j.engine.ir.ElementwiseOp.Hash;

/** The ops that are rare or small, as plain loops over row-major memory. */
final class Loops {
    private Loops() {}

    static long[] strides(long... shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= shape[i];
        }
        return strides;
    }

    static double apply(Function op, double x) {
        return switch (op.kind()) {
            case CAST -> x;
            case ADD -> x + op.scalar();
            case MULTIPLY -> x * op.scalar();
            case DIVIDE -> x / op.scalar();
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case RELU -> Math.max(x, 0);
            case TANH -> Math.tanh(x);
            case ERF -> erf(x);
            case SOFTPLUS -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
            case SQUARE -> x * x;
            case SQRT -> Math.sqrt(x);
            case SIN -> Math.sin(x);
            case COS -> Math.cos(x);
            case LOG -> Math.log(x);
            case FLOOR -> Math.floor(x);
            case TRUNCATE -> (long) x;
            case AT_LEAST -> x >= op.scalar() ? 1 : 0;
        };
    }

    static double apply(Binary.Kind kind, double a, double b) {
        return switch (kind) {
            case ADD -> a + b;
            case SUBTRACT -> a - b;
            case MULTIPLY -> a * b;
            case DIVIDE -> a / b;
        };
    }

    /**
     * The error function, computed by its series for small arguments, and by the continued fraction of its complement for
     * large ones.
     */
    static double erf(double x) {
        double a = Math.abs(x);
        if (a > 6) {
            return Math.signum(x);
        }
        if (a < 2.5) {
            double term = a;
            double sum = a;
            for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
                term *= -a * a / n;
                sum += term / (2 * n + 1);
                if (n > 200) {
                    break;
                }
            }
            return Math.signum(x) * 2 / Math.sqrt(Math.PI) * sum;
        }
        double fraction = 0;
        for (int k = 60; k >= 1; k--) {
            fraction = k / 2.0 / (a + fraction);
        }
        return Math.signum(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
    }

    /** Fills y from x: strides say how far each index of y moves in x. */
    static void gather(Buffer x, long offset, long[] strides, Buffer y, long... shape) {
        long[] index = new long[shape.length];
        long from = offset;
        long length = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        for (long i = 0; i < length; i++) {
            y.set(i, x.get(from));
            for (int d = shape.length - 1; d >= 0; d--) {
                from += strides[d];
                if (++index[d] < shape[d]) {
                    break;
                }
                from -= strides[d] * shape[d];
                index[d] = 0;
            }
        }
    }

    static void binary(
            Binary.Kind kind, Buffer a, long[] aStrides, Buffer b, long[] bStrides, Buffer y, long... shape) {
        long[] index = new long[shape.length];
        long left = 0;
        long right = 0;
        long length = Arrays.stream(shape).reduce(1, (p, q) -> p * q);
        for (long i = 0; i < length; i++) {
            y.set(i, apply(kind, a.get(left), b.get(right)));
            for (int d = shape.length - 1; d >= 0; d--) {
                left += aStrides[d];
                right += bStrides[d];
                if (++index[d] < shape[d]) {
                    break;
                }
                left -= aStrides[d] * shape[d];
                right -= bStrides[d] * shape[d];
                index[d] = 0;
            }
        }
    }

    /** The strides of an operand that is broadcast to a shape: 0 in dimensions where it has one element. */
    static long[] broadcast(long[] operand, long... shape) {
        long[] own = strides(operand);
        long[] strides = new long[shape.length];
        for (int i = 1; i <= operand.length; i++) {
            strides[shape.length - i] = operand[operand.length - i] == 1 ? 0 : own[operand.length - i];
        }
        return strides;
    }

    /** Writes each element of x to y at its index plus an offset; y is zero elsewhere. */
    static void scatter(Buffer x, long[] xShape, Buffer y, long[] yShape, long... at) {
        for (long i = 0; i < y.length(); i++) {
            y.set(i, 0);
        }
        long[] strides = strides(yShape);
        long[] index = new long[xShape.length];
        for (long i = 0; i < x.length(); i++) {
            long to = 0;
            for (int d = 0; d < index.length; d++) {
                to += (index[d] + at[d]) * strides[d];
            }
            y.set(to, x.get(i));
            for (int d = index.length - 1; d >= 0; d--) {
                if (++index[d] < xShape[d]) {
                    break;
                }
                index[d] = 0;
            }
        }
    }

    static void mean(Buffer x, long[] shape, Buffer y, long... strides) {
        double count = (double) x.length() / y.length();
        double[] sums = sums(x, shape, y.length(), strides);
        for (int i = 0; i < sums.length; i++) {
            y.set(i, sums[i] / count);
        }
    }

    static void pool(boolean max, Buffer x, Buffer y, int planes, int height, int width) {
        int h = height / 2;
        int w = width / 2;
        for (int plane = 0; plane < planes; plane++) {
            for (int row = 0; row < h; row++) {
                for (int column = 0; column < w; column++) {
                    long at = ((long) plane * height + 2L * row) * width + 2L * column;
                    double a = x.get(at);
                    double b = x.get(at + 1);
                    double c = x.get(at + width);
                    double d = x.get(at + width + 1);
                    double value = max ? Math.max(Math.max(a, b), Math.max(c, d)) : (a + b + c + d) / 4;
                    y.set(((long) plane * h + row) * w + column, value);
                }
            }
        }
    }

    /** The slope of a function at x, where its value is y. */
    static double slope(Function op, double x, double y) {
        return switch (op.kind()) {
            case CAST, ADD -> 1;
            case MULTIPLY -> op.scalar();
            case DIVIDE -> 1 / op.scalar();
            case SIGMOID -> y * (1 - y);
            case RELU -> x > 0 ? 1 : 0;
            case TANH -> 1 - y * y;
            case ERF -> 2 / Math.sqrt(Math.PI) * Math.exp(-x * x);
            case SOFTPLUS -> 1 / (1 + Math.exp(-x));
            case SQUARE -> 2 * x;
            case SQRT -> 0.5 / y;
            case SIN -> Math.cos(x);
            case COS -> -Math.sin(x);
            case LOG -> 1 / x;
            case FLOOR, TRUNCATE, AT_LEAST -> 0;
        };
    }

    /** Sums over the dimensions in which y has size 1 or which it lacks. */
    static void sumTo(Buffer x, long[] shape, Buffer y, long... strides) {
        double[] sums = sums(x, shape, y.length(), strides);
        for (int i = 0; i < sums.length; i++) {
            y.set(i, sums[i]);
        }
    }

    private static double[] sums(Buffer x, long[] shape, long length, long... strides) {
        double[] sums = new double[Math.toIntExact(length)];
        long[] index = new long[shape.length];
        long to = 0;
        for (long i = 0; i < x.length(); i++) {
            sums[(int) to] += x.get(i);
            for (int d = index.length - 1; d >= 0; d--) {
                to += strides[d];
                if (++index[d] < shape[d]) {
                    break;
                }
                to -= strides[d] * shape[d];
                index[d] = 0;
            }
        }
        return sums;
    }

    static void poolGradient(boolean max, Buffer x, Buffer dy, Buffer dx, int planes, int height, int width) {
        for (long i = 0; i < dx.length(); i++) {
            dx.set(i, 0); // no window contains an odd last row or column
        }
        int h = height / 2;
        int w = width / 2;
        for (int plane = 0; plane < planes; plane++) {
            for (int row = 0; row < h; row++) {
                for (int column = 0; column < w; column++) {
                    long at = ((long) plane * height + 2L * row) * width + 2L * column;
                    double gradient = dy.get(((long) plane * h + row) * w + column);
                    long[] window = {at, at + 1, at + width, at + width + 1};
                    if (max) {
                        long largest = at;
                        for (long one : window) {
                            if (x.get(one) > x.get(largest)) {
                                largest = one;
                            }
                        }
                        dx.set(largest, gradient);
                    } else {
                        for (long one : window) {
                            dx.set(one, gradient / 4);
                        }
                    }
                }
            }
        }
    }

    /** Dropout for images that lie in memory as rows and columns. An element's position in its image is column·rows + row. */
    static void dropout(Dropout op, Buffer x, Buffer phase, Buffer y, int images, int rows, int columns) {
        Hash.Round[] rounds = op.hash().rounds().toArray(Hash.Round[]::new);
        double step = op.hash().step();
        double share = op.share();
        float divisor = (float) (1 - share);
        int at = 0;
        for (int image = 0; image < images; image++) {
            double begin = phase.get(image);
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++, at += 4) {
                    double hash = ((double) column * rows + row) * step + begin;
                    hash -= Math.floor(hash);
                    for (Hash.Round round : rounds) {
                        hash = (hash + round.left()) * (hash + round.right()) * round.scale();
                        hash -= Math.floor(hash);
                    }
                    y.bytes().putFloat(at, hash >= share ? x.bytes().getFloat(at) / divisor : 0);
                }
            }
        }
    }
}
