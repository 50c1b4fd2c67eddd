package org.diffusion4j.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The loops by vectors as wide as the processor has them. */
final class VectorKernels implements Kernels {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int BYTES = 4 * LANES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final Kernels PLAIN = new PlainKernels();

    private static FloatVector load(ByteBuffer x, int at) {
        return FloatVector.fromByteBuffer(SPECIES, x, at, ORDER);
    }

    @Override
    public void columnSums(ByteBuffer x, int offset, int rows, int columns, float[] sums, float[] squares) {
        int whole = columns / LANES * LANES;
        int column = 0;
        // Two vectors at a time: the additions of one alone would wait for each other.
        for (; column + 2 * LANES <= whole; column += 2 * LANES) {
            int at = offset + 4 * column;
            FloatVector firstA = load(x, at);
            FloatVector firstB = load(x, at + BYTES);
            FloatVector sumA = FloatVector.zero(SPECIES);
            FloatVector sumB = sumA;
            FloatVector squareA = sumA;
            FloatVector squareB = sumA;
            for (int row = 0; row < rows; row++, at += 4 * columns) {
                FloatVector a = load(x, at).sub(firstA);
                FloatVector b = load(x, at + BYTES).sub(firstB);
                sumA = sumA.add(a);
                sumB = sumB.add(b);
                squareA = a.fma(a, squareA);
                squareB = b.fma(b, squareB);
            }
            sumA.intoArray(sums, column);
            sumB.intoArray(sums, column + LANES);
            squareA.intoArray(squares, column);
            squareB.intoArray(squares, column + LANES);
        }
        for (; column < whole; column += LANES) {
            int at = offset + 4 * column;
            FloatVector first = load(x, at);
            FloatVector sum = FloatVector.zero(SPECIES);
            FloatVector square = sum;
            for (int row = 0; row < rows; row++, at += 4 * columns) {
                FloatVector a = load(x, at).sub(first);
                sum = sum.add(a);
                square = a.fma(a, square);
            }
            sum.intoArray(sums, column);
            square.intoArray(squares, column);
        }
        if (whole < columns) {
            Arrays.fill(sums, whole, columns, 0);
            Arrays.fill(squares, whole, columns, 0);
            PlainKernels.columnSums(x, offset, rows, columns, whole, sums, squares);
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
        int whole = columns / LANES * LANES;
        for (int row = 0; row < rows; row++) {
            int at = 4 * row * columns;
            for (int column = 0; column < whole; column += LANES, at += BYTES) {
                FloatVector value = load(x, xOffset + at)
                        .fma(
                                FloatVector.fromArray(SPECIES, scale, column),
                                FloatVector.fromArray(SPECIES, shift, column));
                FloatVector result =
                        switch (activation) {
                            case NONE -> value;
                            case SILU -> silu(value);
                            case RELU -> value.max(0);
                        };
                result.intoByteBuffer(y, yOffset + at, ORDER);
            }
        }
        if (whole < columns) {
            PlainKernels.affine(x, xOffset, y, yOffset, rows, columns, whole, scale, shift, activation);
        }
    }

    private static FloatVector silu(FloatVector x) {
        return x.div(exp(x.neg()).add(1));
    }

    /** e^x as 2^k·e^f with |f| ≤ ln 2 / 2, e^f by its series to the sixth power: within 2e-7 of the true value. */
    private static FloatVector exp(FloatVector x) {
        FloatVector y = x.max(-87f).min(88f);
        // Adding and taking away 1.5·2^23 rounds to an integer, whose bits are then those of the sum.
        FloatVector rounded = y.mul(1.44269504f).add(12582912f);
        FloatVector k = rounded.sub(12582912f);
        FloatVector f = k.fma(broadcast(-0.693359375f), y);
        f = k.fma(broadcast(2.12194440e-4f), f);
        FloatVector series = f.fma(broadcast(1f / 720), broadcast(1f / 120));
        series = series.fma(f, broadcast(1f / 24));
        series = series.fma(f, broadcast(1f / 6));
        series = series.fma(f, broadcast(0.5f));
        series = series.fma(f, broadcast(1f));
        series = series.fma(f, broadcast(1f));
        IntVector exponent = rounded.reinterpretAsInts().sub(0x4B400000 - 127).lanewise(VectorOperators.LSHL, 23);
        return series.mul(exponent.reinterpretAsFloats());
    }

    private static FloatVector broadcast(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }

    @Override
    public void add(ByteBuffer a, ByteBuffer b, ByteBuffer y, int length) {
        int whole = length / LANES * LANES;
        for (int at = 0; at < 4 * whole; at += BYTES) {
            load(a, at).add(load(b, at)).intoByteBuffer(y, at, ORDER);
        }
        PlainKernels.add(a, b, y, whole, length);
    }

    @Override
    public void silu(ByteBuffer x, ByteBuffer y, int length) {
        int whole = length / LANES * LANES;
        for (int at = 0; at < 4 * whole; at += BYTES) {
            silu(load(x, at)).intoByteBuffer(y, at, ORDER);
        }
        PlainKernels.silu(x, y, whole, length);
    }

    @Override
    public void upsampleNearest(
            ByteBuffer x, int xOffset, ByteBuffer y, int yOffset, int height, int width, int channels) {
        int whole = channels / LANES * LANES;
        int pixel = 4 * channels;
        int line = 2 * width * pixel;
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                int from = xOffset + (row * width + column) * pixel;
                int to = yOffset + (2 * row * 2 * width + 2 * column) * pixel;
                for (int channel = 0; channel < 4 * whole; channel += BYTES) {
                    FloatVector value = load(x, from + channel);
                    value.intoByteBuffer(y, to + channel, ORDER);
                    value.intoByteBuffer(y, to + pixel + channel, ORDER);
                    value.intoByteBuffer(y, to + line + channel, ORDER);
                    value.intoByteBuffer(y, to + line + pixel + channel, ORDER);
                }
                for (int channel = 4 * whole; channel < pixel; channel += 4) {
                    float value = x.getFloat(from + channel);
                    y.putFloat(to + channel, value);
                    y.putFloat(to + pixel + channel, value);
                    y.putFloat(to + line + channel, value);
                    y.putFloat(to + line + pixel + channel, value);
                }
            }
        }
    }

    @Override
    public void copyColumns(
            ByteBuffer x, int xOffset, int xColumns, ByteBuffer y, int yOffset, int yColumns, int rows, int columns) {
        int whole = 4 * (columns / LANES * LANES);
        for (int row = 0; row < rows; row++) {
            int from = xOffset + 4 * row * xColumns;
            int to = yOffset + 4 * row * yColumns;
            for (int at = 0; at < whole; at += BYTES) {
                load(x, from + at).intoByteBuffer(y, to + at, ORDER);
            }
            for (int at = whole; at < 4 * columns; at += 4) {
                y.putFloat(to + at, x.getFloat(from + at));
            }
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
        int whole = columns / LANES * LANES;
        for (int column = 0; column < whole; column += LANES) {
            FloatVector scales = FloatVector.fromArray(SPECIES, scale, column);
            FloatVector shifts = FloatVector.fromArray(SPECIES, shift, column);
            FloatVector centers = FloatVector.fromArray(SPECIES, center, column);
            FloatVector sum = FloatVector.zero(SPECIES);
            FloatVector product = sum;
            int at = offset + 4 * column;
            for (int row = 0; row < rows; row++, at += 4 * columns) {
                FloatVector value = load(x, at);
                FloatVector z = value.fma(scales, shifts);
                FloatVector gradient = load(dy, at);
                gradient = switch (activation) {
                    case NONE -> gradient;
                    case SILU -> gradient.mul(siluSlope(z));
                    case RELU -> gradient.blend(0, z.compare(VectorOperators.LE, 0));
                };
                gradient.intoByteBuffer(dz, at, ORDER);
                sum = sum.add(gradient);
                product = gradient.fma(value.sub(centers), product);
            }
            sum.intoArray(sums, column);
            product.intoArray(products, column);
        }
        if (whole < columns) {
            PlainKernels.normGradientSums(
                    x, dy, dz, offset, rows, columns, whole, scale, shift, center, activation, sums, products);
        }
    }

    private static FloatVector siluSlope(FloatVector x) {
        FloatVector one = broadcast(1);
        FloatVector sigmoid = one.div(exp(x.neg()).add(1));
        return sigmoid.mul(x.fma(one.sub(sigmoid), one));
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
        int whole = columns / LANES * LANES;
        for (int row = 0; row < rows; row++) {
            int at = offset + 4 * row * columns;
            for (int column = 0; column < whole; column += LANES, at += BYTES) {
                FloatVector value = load(x, at)
                        .fma(FloatVector.fromArray(SPECIES, b, column), FloatVector.fromArray(SPECIES, c, column));
                value = load(dz, at).fma(FloatVector.fromArray(SPECIES, a, column), value);
                if (other != null) {
                    value = value.add(load(other, at));
                }
                value.intoByteBuffer(dx, at, ORDER);
            }
        }
        if (whole < columns) {
            PlainKernels.normGradient(dz, x, other, dx, offset, rows, columns, whole, a, b, c);
        }
    }

    @Override
    public void siluGradient(ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length) {
        int whole = length / LANES * LANES;
        for (int at = 0; at < 4 * whole; at += BYTES) {
            load(dy, at).mul(siluSlope(load(x, at))).intoByteBuffer(dx, at, ORDER);
        }
        PlainKernels.siluGradient(x, dy, dx, whole, length);
    }

    @Override
    public void upsampleNearestGradient(
            ByteBuffer dy, int yOffset, ByteBuffer dx, int xOffset, int height, int width, int channels) {
        int whole = channels / LANES * LANES;
        int pixel = 4 * channels;
        int line = 2 * width * pixel;
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                int from = yOffset + (4 * row * width + 2 * column) * pixel;
                int to = xOffset + (row * width + column) * pixel;
                for (int at = 0; at < 4 * whole; at += BYTES) {
                    FloatVector above = load(dy, from + at).add(load(dy, from + pixel + at));
                    FloatVector below = load(dy, from + line + at).add(load(dy, from + line + pixel + at));
                    above.add(below).intoByteBuffer(dx, to + at, ORDER);
                }
            }
        }
        if (whole < channels) {
            PlainKernels.upsampleNearestGradient(dy, yOffset, dx, xOffset, height, width, channels, whole);
        }
    }

    @Override
    public double sumOfSquares(ByteBuffer x, int from, int to) {
        double sum = 0;
        int at = from;
        float[] lanes = new float[LANES];
        while (at + LANES <= to) {
            // Some thousand squares in float32, then on in double: float32 alone would lose the small ones.
            int end = Math.min(to, at + 64 * LANES);
            FloatVector squares = FloatVector.zero(SPECIES);
            for (; at + LANES <= end; at += LANES) {
                FloatVector value = load(x, 4 * at);
                squares = value.fma(value, squares);
            }
            // reduceLanes may add in another order when it is compiled than before.
            squares.intoArray(lanes, 0);
            for (float lane : lanes) {
                sum += lane;
            }
        }
        for (; at < to; at++) {
            double value = x.getFloat(4 * at);
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
            AdamW step) {
        int at = 4 * from;
        FloatVector zero = FloatVector.zero(SPECIES);
        for (; at + BYTES <= 4 * to; at += BYTES) {
            FloatVector g = load(gradient, at).mul(step.gradientScale());
            zero.intoByteBuffer(gradient, at, ORDER);
            FloatVector m = load(first, at).mul(step.beta1()).add(g.mul(1 - step.beta1()));
            m.intoByteBuffer(first, at, ORDER);
            FloatVector v = load(second, at).mul(step.beta2()).add(g.mul(g).mul(1 - step.beta2()));
            v.intoByteBuffer(second, at, ORDER);
            FloatVector root = v.sqrt().mul(step.rootScale()).add(step.eps());
            FloatVector p = load(parameter, at)
                    .mul(step.decay())
                    .sub(m.mul(step.stepSize()).div(root));
            p.intoByteBuffer(parameter, at, ORDER);
            if (average != null) {
                FloatVector before = load(average, at);
                p.sub(before).fma(broadcast(step.averageShare()), before).intoByteBuffer(average, at, ORDER);
            }
        }
        if (at < 4 * to) {
            PLAIN.adamW(parameter, gradient, first, second, average, at / 4, to, step);
        }
    }

    @Override
    public boolean areVectors() {
        return true;
    }

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
        float[] half = new float[36 * LANES];
        int across = (width + 3) / 4;
        int line = 4 * width * channels;
        for (int ty = fromRow; ty < toRow; ty++) {
            for (int tx = 0; tx < across; tx++) {
                int top = 4 * ty - 1;
                int left = 4 * tx - 1;
                boolean inside = top >= 0 && top + 6 <= height && left >= 0 && left + 6 <= width;
                int corner = xOffset + top * line + 4 * left * channels;
                int to = 4 * ((tile + (ty - fromRow) * across + tx) * channels);
                for (int c = 0; c < 4 * channels; c += BYTES) {
                    if (inside) {
                        inputColumns(x, corner + c, line, 4 * channels, half);
                    } else {
                        borderColumns(
                                x, corner + c, line, 4 * channels, height - top, width - left, top < 0, left < 0, half);
                    }
                    inputRows(half, v, to + c, 4 * plane);
                }
            }
        }
    }

    private static void inputColumns(ByteBuffer x, int corner, int line, int pixel, float[] half) {
        for (int j = 0; j < 6; j++) {
            int at = corner + j * pixel;
            inputColumn(
                    load(x, at),
                    load(x, at + line),
                    load(x, at + 2 * line),
                    load(x, at + 3 * line),
                    load(x, at + 4 * line),
                    load(x, at + 5 * line),
                    half,
                    j);
        }
    }

    /** As {@link #inputColumns}, where some of the 6×6 are outside the image: zero. */
    private static void borderColumns(
            ByteBuffer x,
            int corner,
            int line,
            int pixel,
            int rows,
            int columns,
            boolean first,
            boolean leftmost,
            float[] half) {
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int j = 0; j < 6; j++) {
            int at = corner + j * pixel;
            boolean there = j < columns && !(j == 0 && leftmost);
            inputColumn(
                    there && !first ? load(x, at) : zero,
                    there && rows > 1 ? load(x, at + line) : zero,
                    there && rows > 2 ? load(x, at + 2 * line) : zero,
                    there && rows > 3 ? load(x, at + 3 * line) : zero,
                    there && rows > 4 ? load(x, at + 4 * line) : zero,
                    there && rows > 5 ? load(x, at + 5 * line) : zero,
                    half,
                    j);
        }
    }

    private static void inputColumn(
            FloatVector d0,
            FloatVector d1,
            FloatVector d2,
            FloatVector d3,
            FloatVector d4,
            FloatVector d5,
            float[] half,
            int j) {
        FloatVector even = d2.fma(broadcast(-4), d4);
        FloatVector odd = d1.fma(broadcast(-4), d3);
        FloatVector even2 = d4.sub(d2);
        FloatVector odd2 = d3.sub(d1);
        odd2 = odd2.add(odd2);
        d0.fma(broadcast(4), d2.fma(broadcast(-5), d4)).intoArray(half, j * LANES);
        even.add(odd).intoArray(half, (6 + j) * LANES);
        even.sub(odd).intoArray(half, (12 + j) * LANES);
        even2.add(odd2).intoArray(half, (18 + j) * LANES);
        even2.sub(odd2).intoArray(half, (24 + j) * LANES);
        d1.fma(broadcast(4), d3.fma(broadcast(-5), d5)).intoArray(half, (30 + j) * LANES);
    }

    private static void inputRows(float[] half, ByteBuffer v, int to, int plane) {
        for (int i = 0; i < 6; i++) {
            int from = i * 6 * LANES;
            int at = to + i * 6 * plane;
            FloatVector d0 = FloatVector.fromArray(SPECIES, half, from);
            FloatVector d1 = FloatVector.fromArray(SPECIES, half, from + LANES);
            FloatVector d2 = FloatVector.fromArray(SPECIES, half, from + 2 * LANES);
            FloatVector d3 = FloatVector.fromArray(SPECIES, half, from + 3 * LANES);
            FloatVector d4 = FloatVector.fromArray(SPECIES, half, from + 4 * LANES);
            FloatVector d5 = FloatVector.fromArray(SPECIES, half, from + 5 * LANES);
            FloatVector even = d2.fma(broadcast(-4), d4);
            FloatVector odd = d1.fma(broadcast(-4), d3);
            FloatVector even2 = d4.sub(d2);
            FloatVector odd2 = d3.sub(d1);
            odd2 = odd2.add(odd2);
            d0.fma(broadcast(4), d2.fma(broadcast(-5), d4)).intoByteBuffer(v, at, ORDER);
            even.add(odd).intoByteBuffer(v, at + plane, ORDER);
            even.sub(odd).intoByteBuffer(v, at + 2 * plane, ORDER);
            even2.add(odd2).intoByteBuffer(v, at + 3 * plane, ORDER);
            even2.sub(odd2).intoByteBuffer(v, at + 4 * plane, ORDER);
            d1.fma(broadcast(4), d3.fma(broadcast(-5), d5)).intoByteBuffer(v, at + 5 * plane, ORDER);
        }
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
        float[] half = new float[24 * LANES];
        int across = (width + 3) / 4;
        int line = 4 * width * channels;
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int ty = fromRow; ty < toRow; ty++) {
            for (int tx = 0; tx < across; tx++) {
                int from = 4 * ((tile + (ty - fromRow) * across + tx) * channels);
                int corner = yOffset + 4 * ty * line + 16 * tx * channels;
                int rows = Math.min(4, height - 4 * ty);
                int columns = Math.min(4, width - 4 * tx);
                for (int c = 0; c < 4 * channels; c += BYTES) {
                    outputColumns(m, from + c, 4 * plane, half);
                    outputRows(
                            half,
                            bias == null ? zero : load(bias, c),
                            residual,
                            y,
                            corner + c,
                            line,
                            4 * channels,
                            rows,
                            columns);
                }
            }
        }
    }

    private static void outputColumns(ByteBuffer m, int from, int plane, float[] half) {
        for (int j = 0; j < 6; j++) {
            int at = from + j * plane;
            FloatVector m1 = load(m, at + 6 * plane);
            FloatVector m2 = load(m, at + 12 * plane);
            FloatVector m3 = load(m, at + 18 * plane);
            FloatVector m4 = load(m, at + 24 * plane);
            FloatVector sum1 = m1.add(m2);
            FloatVector sum3 = m3.add(m4);
            FloatVector difference1 = m1.sub(m2);
            FloatVector difference3 = m3.sub(m4);
            load(m, at).add(sum1).add(sum3).intoArray(half, j * LANES);
            difference3.fma(broadcast(2), difference1).intoArray(half, (6 + j) * LANES);
            sum3.fma(broadcast(4), sum1).intoArray(half, (12 + j) * LANES);
            difference3
                    .fma(broadcast(8), difference1)
                    .add(load(m, at + 30 * plane))
                    .intoArray(half, (18 + j) * LANES);
        }
    }

    private static void outputRows(
            float[] half,
            FloatVector bias,
            ByteBuffer residual,
            ByteBuffer y,
            int corner,
            int line,
            int pixel,
            int rows,
            int columns) {
        for (int i = 0; i < rows; i++) {
            int from = i * 6 * LANES;
            int at = corner + i * line;
            FloatVector m1 = FloatVector.fromArray(SPECIES, half, from + LANES);
            FloatVector m2 = FloatVector.fromArray(SPECIES, half, from + 2 * LANES);
            FloatVector m3 = FloatVector.fromArray(SPECIES, half, from + 3 * LANES);
            FloatVector m4 = FloatVector.fromArray(SPECIES, half, from + 4 * LANES);
            FloatVector sum1 = m1.add(m2);
            FloatVector sum3 = m3.add(m4);
            FloatVector difference1 = m1.sub(m2);
            FloatVector difference3 = m3.sub(m4);
            FloatVector first =
                    FloatVector.fromArray(SPECIES, half, from).add(sum1).add(sum3);
            put(first.add(bias), residual, y, at);
            if (columns > 1) {
                put(difference3.fma(broadcast(2), difference1).add(bias), residual, y, at + pixel);
            }
            if (columns > 2) {
                put(sum3.fma(broadcast(4), sum1).add(bias), residual, y, at + 2 * pixel);
            }
            if (columns > 3) {
                FloatVector last = FloatVector.fromArray(SPECIES, half, from + 5 * LANES);
                put(difference3.fma(broadcast(8), difference1).add(last).add(bias), residual, y, at + 3 * pixel);
            }
        }
    }

    private static void put(FloatVector value, ByteBuffer residual, ByteBuffer y, int at) {
        (residual == null ? value : value.add(load(residual, at))).intoByteBuffer(y, at, ORDER);
    }

    @Override
    public void winogradWeight(ByteBuffer weight, int out, int in, boolean backward, ByteBuffer u) {
        PLAIN.winogradWeight(weight, out, in, backward, u); // the compiler makes vectors of its loops
    }
}
