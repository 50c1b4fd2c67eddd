package org.diffusion4j.kernels;

import static org.diffusion4j.kernels.VectorMemory.load;
import static org.diffusion4j.kernels.VectorMemory.store;

import java.nio.ByteBuffer;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Loops that use the processor's widest vectors. */
final class VectorKernels implements Kernels {
    private static final VectorSpecies<Float> SPECIES = VectorMemory.SPECIES;
    private static final int LANES = SPECIES.length();
    private static final int BYTES = 4 * LANES;

    private static final FloatVector LEAST = broadcast(-87f);
    private static final FloatVector MOST = broadcast(88f);
    private static final FloatVector LOG2_E = broadcast(1.442695f);
    private static final FloatVector ROUNDING = broadcast(12582912f);
    private static final FloatVector MINUS_LN2_HIGH = broadcast(-0.693359375f);
    private static final FloatVector MINUS_LN2_LOW = broadcast(2.1219444e-4f);
    private static final FloatVector A6 = broadcast(1f / 720);
    private static final FloatVector A5 = broadcast(1f / 120);
    private static final FloatVector A4 = broadcast(1f / 24);
    private static final FloatVector A3 = broadcast(1f / 6);
    private static final FloatVector HALF = broadcast(0.5f);
    private static final FloatVector ONE = broadcast(1f);
    private static final IntVector BIAS = IntVector.broadcast(IntVector.SPECIES_PREFERRED, 0x4B400000 - 127);
    private static final Kernels PLAIN = new PlainKernels();

    @Override
    public void columnSums(ByteBuffer x, int offset, int rows, int columns, float[] sums, float[] squares) {
        Object xs = VectorMemory.of(x);
        int whole = columns / LANES * LANES;
        int column = 0;
        // This adds two vectors at a time, since the additions of a single one would have to wait for each other.
        for (; column + 2 * LANES <= whole; column += 2 * LANES) {
            int at = offset + 4 * column;
            FloatVector firstA = load(xs, at);
            FloatVector firstB = load(xs, at + BYTES);
            FloatVector sumA = FloatVector.zero(SPECIES);
            FloatVector sumB = sumA;
            FloatVector squareA = sumA;
            FloatVector squareB = sumA;
            for (int row = 0; row < rows; row++, at += 4 * columns) {
                FloatVector a = load(xs, at).sub(firstA);
                FloatVector b = load(xs, at + BYTES).sub(firstB);
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
            FloatVector first = load(xs, at);
            FloatVector sum = FloatVector.zero(SPECIES);
            FloatVector square = sum;
            for (int row = 0; row < rows; row++, at += 4 * columns) {
                FloatVector a = load(xs, at).sub(first);
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
        Object xs = VectorMemory.of(x);
        Object ys = VectorMemory.of(y);
        int whole = columns / LANES * LANES;
        for (int row = 0; row < rows; row++) {
            int at = 4 * row * columns;
            for (int column = 0; column < whole; column += LANES, at += BYTES) {
                FloatVector value = load(xs, xOffset + at)
                        .fma(
                                FloatVector.fromArray(SPECIES, scale, column),
                                FloatVector.fromArray(SPECIES, shift, column));
                FloatVector result =
                        switch (activation) {
                            case NONE -> value;
                            case SILU -> silu(value);
                            case RELU -> value.max(0);
                        };
                store(result, ys, yOffset + at);
            }
        }
        if (whole < columns) {
            PlainKernels.affine(x, xOffset, y, yOffset, rows, columns, whole, scale, shift, activation);
        }
    }

    private static FloatVector silu(FloatVector x) {
        return x.div(exp(x.neg()).add(ONE));
    }

    /** e^x as 2^k·e^f with |f| ≤ ln 2 / 2, where e^f is its series up to the sixth power. The relative error is at most 2e-7. */
    static FloatVector exp(FloatVector x) {
        FloatVector y = x.max(LEAST).min(MOST);
        // Adding and subtracting 1.5·2^23 rounds to an integer, which is also in the low bits of the sum.
        FloatVector rounded = y.mul(LOG2_E).add(ROUNDING);
        FloatVector k = rounded.sub(ROUNDING);
        FloatVector f = k.fma(MINUS_LN2_HIGH, y);
        f = k.fma(MINUS_LN2_LOW, f);
        FloatVector series = f.fma(A6, A5);
        series = series.fma(f, A4);
        series = series.fma(f, A3);
        series = series.fma(f, HALF);
        series = series.fma(f, ONE);
        series = series.fma(f, ONE);
        IntVector exponent = rounded.reinterpretAsInts().sub(BIAS).lanewise(VectorOperators.LSHL, 23);
        return series.mul(exponent.reinterpretAsFloats());
    }

    private static FloatVector broadcast(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }

    @Override
    public void add(ByteBuffer a, ByteBuffer b, ByteBuffer y, int length) {
        Object as = VectorMemory.of(a);
        Object bs = VectorMemory.of(b);
        Object ys = VectorMemory.of(y);
        int whole = length / LANES * LANES;
        for (int at = 0; at < 4 * whole; at += BYTES) {
            store(load(as, at).add(load(bs, at)), ys, at);
        }
        PlainKernels.add(a, b, y, whole, length);
    }

    @Override
    public void silu(ByteBuffer x, ByteBuffer y, int length) {
        Object xs = VectorMemory.of(x);
        Object ys = VectorMemory.of(y);
        int whole = length / LANES * LANES;
        for (int at = 0; at < 4 * whole; at += BYTES) {
            store(silu(load(xs, at)), ys, at);
        }
        PlainKernels.silu(x, y, whole, length);
    }

    @Override
    public void gelu(Gelu form, ByteBuffer x, ByteBuffer y, int length) {
        VectorGelu.gelu(form, x, y, length);
    }

    @Override
    public void geluGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length) {
        VectorGelu.geluGradient(form, x, dy, dx, length);
    }

    @Override
    public void gatedGelu(Gelu form, ByteBuffer x, ByteBuffer y, int rows, int columns) {
        VectorGelu.gated(form, x, y, rows, columns);
    }

    @Override
    public void gatedGeluGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int rows, int columns) {
        VectorGelu.gatedGradient(form, x, dy, dx, rows, columns);
    }

    @Override
    public void upsampleNearest(
            ByteBuffer x, int xOffset, ByteBuffer y, int yOffset, int height, int width, int channels) {
        Object xs = VectorMemory.of(x);
        Object ys = VectorMemory.of(y);
        int whole = channels / LANES * LANES;
        int pixel = 4 * channels;
        int line = 2 * width * pixel;
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                int from = xOffset + (row * width + column) * pixel;
                int to = yOffset + (2 * row * 2 * width + 2 * column) * pixel;
                for (int channel = 0; channel < 4 * whole; channel += BYTES) {
                    FloatVector value = load(xs, from + channel);
                    store(value, ys, to + channel);
                    store(value, ys, to + pixel + channel);
                    store(value, ys, to + line + channel);
                    store(value, ys, to + line + pixel + channel);
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
        Object xs = VectorMemory.of(x);
        Object ys = VectorMemory.of(y);
        int whole = 4 * (columns / LANES * LANES);
        for (int row = 0; row < rows; row++) {
            int from = xOffset + 4 * row * xColumns;
            int to = yOffset + 4 * row * yColumns;
            for (int at = 0; at < whole; at += BYTES) {
                store(load(xs, from + at), ys, to + at);
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
        Object xs = VectorMemory.of(x);
        Object dys = VectorMemory.of(dy);
        Object dzs = VectorMemory.of(dz);
        int whole = columns / LANES * LANES;
        for (int column = 0; column < whole; column += LANES) {
            FloatVector scales = FloatVector.fromArray(SPECIES, scale, column);
            FloatVector shifts = FloatVector.fromArray(SPECIES, shift, column);
            FloatVector centers = FloatVector.fromArray(SPECIES, center, column);
            FloatVector sum = FloatVector.zero(SPECIES);
            FloatVector product = sum;
            int at = offset + 4 * column;
            for (int row = 0; row < rows; row++, at += 4 * columns) {
                FloatVector value = load(xs, at);
                FloatVector z = value.fma(scales, shifts);
                FloatVector gradient = load(dys, at);
                gradient = switch (activation) {
                    case NONE -> gradient;
                    case SILU -> gradient.mul(siluSlope(z));
                    case RELU -> gradient.blend(0, z.compare(VectorOperators.LE, 0));
                };
                store(gradient, dzs, at);
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
        FloatVector sigmoid = ONE.div(exp(x.neg()).add(ONE));
        return sigmoid.mul(x.fma(ONE.sub(sigmoid), ONE));
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
        Object dzs = VectorMemory.of(dz);
        Object xs = VectorMemory.of(x);
        Object others = VectorMemory.of(other);
        Object dxs = VectorMemory.of(dx);
        int whole = columns / LANES * LANES;
        for (int row = 0; row < rows; row++) {
            int at = offset + 4 * row * columns;
            for (int column = 0; column < whole; column += LANES, at += BYTES) {
                FloatVector value = load(xs, at)
                        .fma(FloatVector.fromArray(SPECIES, b, column), FloatVector.fromArray(SPECIES, c, column));
                value = load(dzs, at).fma(FloatVector.fromArray(SPECIES, a, column), value);
                if (other != null) {
                    value = value.add(load(others, at));
                }
                store(value, dxs, at);
            }
        }
        if (whole < columns) {
            PlainKernels.normGradient(dz, x, other, dx, offset, rows, columns, whole, a, b, c);
        }
    }

    @Override
    public void siluGradient(ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length) {
        Object xs = VectorMemory.of(x);
        Object dys = VectorMemory.of(dy);
        Object dxs = VectorMemory.of(dx);
        int whole = length / LANES * LANES;
        for (int at = 0; at < 4 * whole; at += BYTES) {
            store(load(dys, at).mul(siluSlope(load(xs, at))), dxs, at);
        }
        PlainKernels.siluGradient(x, dy, dx, whole, length);
    }

    @Override
    public void upsampleNearestGradient(
            ByteBuffer dy, int yOffset, ByteBuffer dx, int xOffset, int height, int width, int channels) {
        Object dys = VectorMemory.of(dy);
        Object dxs = VectorMemory.of(dx);
        int whole = channels / LANES * LANES;
        int pixel = 4 * channels;
        int line = 2 * width * pixel;
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                int from = yOffset + (4 * row * width + 2 * column) * pixel;
                int to = xOffset + (row * width + column) * pixel;
                for (int at = 0; at < 4 * whole; at += BYTES) {
                    FloatVector above = load(dys, from + at).add(load(dys, from + pixel + at));
                    FloatVector below = load(dys, from + line + at).add(load(dys, from + line + pixel + at));
                    store(above.add(below), dxs, to + at);
                }
            }
        }
        if (whole < channels) {
            PlainKernels.upsampleNearestGradient(dy, yOffset, dx, xOffset, height, width, channels, whole);
        }
    }

    @Override
    public double sumOfSquares(ByteBuffer x, int from, int to) {
        Object xs = VectorMemory.of(x);
        double sum = 0;
        int at = from;
        float[] lanes = new float[LANES];
        while (at + LANES <= to) {
            // Some thousand squares are added in float32, and these sums in double: float32 only would lose the small
            // ones.
            int end = Math.min(to, at + 64 * LANES);
            FloatVector squares = FloatVector.zero(SPECIES);
            for (; at + LANES <= end; at += LANES) {
                FloatVector value = load(xs, 4 * at);
                squares = value.fma(value, squares);
            }
            // The order in which reduceLanes adds may change when it is compiled.
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
            AdamWStep step) {
        Object parameters = VectorMemory.of(parameter);
        Object gradients = VectorMemory.of(gradient);
        Object firsts = VectorMemory.of(first);
        Object seconds = VectorMemory.of(second);
        Object averages = VectorMemory.of(average);
        int whole = from + (to - from) / LANES * LANES;
        // The rows are processed in stretches that stay in the cache, since one loop for both steps is too large for
        // the compiler.
        for (int at = from; at < whole; at += 1024) {
            int end = Math.min(whole, at + 1024);
            moments(gradients, firsts, seconds, 4 * at, 4 * end, step);
            move(parameters, firsts, seconds, averages, 4 * at, 4 * end, step);
        }
        PLAIN.adamW(parameter, gradient, first, second, average, whole, to, step);
    }

    private static void moments(Object gradient, Object first, Object second, int from, int to, AdamWStep step) {
        for (int at = from; at < to; at += BYTES) {
            FloatVector g = load(gradient, at).mul(step.gradientScale());
            store(FloatVector.zero(SPECIES), gradient, at);
            store(load(first, at).mul(step.beta1()).add(g.mul(1 - step.beta1())), first, at);
            store(load(second, at).mul(step.beta2()).add(g.mul(g).mul(1 - step.beta2())), second, at);
        }
    }

    private static void move(
            Object parameter, Object first, Object second, Object average, int from, int to, AdamWStep step) {
        for (int at = from; at < to; at += BYTES) {
            FloatVector root = load(second, at).sqrt().mul(step.rootScale()).add(step.eps());
            FloatVector p = load(parameter, at)
                    .mul(step.decay())
                    .sub(load(first, at).mul(step.stepSize()).div(root));
            store(p, parameter, at);
            if (average != null) {
                FloatVector before = load(average, at);
                store(p.sub(before).fma(broadcast(step.averageShare()), before), average, at);
            }
        }
    }

    @Override
    public void softmaxPiece(ByteBuffer x, int rows, int columns, float[] largest, float[] sums, float[] shrink) {
        VectorSoftmax.piece(x, rows, columns, largest, sums, shrink);
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
        VectorSoftmax.scaleRows(x, xColumns, y, yOffset, yColumns, rows, columns, factors);
    }

    @Override
    public boolean areVectors() {
        return true;
    }

    @Override
    public void winogradInput(WinogradForm form, ByteBuffer x, int xOffset, TileRows rows, ByteBuffer v) {
        VectorWinograd.input(form, x, xOffset, rows, v);
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
        VectorWinograd.output(form, m, rows, bias, residual, y, yOffset);
    }

    @Override
    public void winogradWeight(WinogradForm form, ByteBuffer weight, int out, int in, boolean backward, ByteBuffer u) {
        VectorWinograd.weight(form, weight, out, in, backward, u);
    }

    @Override
    public void winogradOutputGradient(ByteBuffer dy, int yOffset, TileRows rows, ByteBuffer u) {
        VectorWinogradGradient.output(dy, yOffset, rows, u);
    }

    @Override
    public void winogradWeightGradient(ByteBuffer m, int out, int in, ByteBuffer gradient) {
        VectorWinogradGradient.weight(m, out, in, gradient);
    }
}
