package org.diffusion4j.engine.onednn;

import java.util.Arrays;
import org.diffusion4j.engine.ir.Op;

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

    static double apply(Op.Unary op, double x) {
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
        };
    }

    static double apply(Op.Binary.Kind kind, double a, double b) {
        return switch (kind) {
            case ADD -> a + b;
            case SUBTRACT -> a - b;
            case MULTIPLY -> a * b;
            case DIVIDE -> a / b;
        };
    }

    /** The error function: its series for small arguments, the continued fraction of its complement for large ones. */
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

    /** y[i] = f(x at i's place): each index of y is a sum of strides into x. */
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
            Op.Binary.Kind kind, Buffer a, long[] aStrides, Buffer b, long[] bStrides, Buffer y, long... shape) {
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

    /** Strides of an operand that is broadcast to a shape: 0 where it has one element. */
    static long[] broadcast(long[] operand, long... shape) {
        long[] own = strides(operand);
        long[] strides = new long[shape.length];
        for (int i = 1; i <= operand.length; i++) {
            strides[shape.length - i] = operand[operand.length - i] == 1 ? 0 : own[operand.length - i];
        }
        return strides;
    }

    /** Each element of x into y, where its index in y is its own plus an offset; y is zero elsewhere. */
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

    static void mean(Buffer x, long[] shape, Buffer y, long[] strides) {
        for (long i = 0; i < y.length(); i++) {
            y.set(i, 0);
        }
        double count = (double) x.length() / y.length();
        double[] sums = new double[Math.toIntExact(y.length())];
        long[] index = new long[shape.length];
        for (long i = 0; i < x.length(); i++) {
            long to = 0;
            for (int d = 0; d < index.length; d++) {
                to += index[d] * strides[d];
            }
            sums[(int) to] += x.get(i);
            for (int d = index.length - 1; d >= 0; d--) {
                if (++index[d] < shape[d]) {
                    break;
                }
                index[d] = 0;
            }
        }
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
}
