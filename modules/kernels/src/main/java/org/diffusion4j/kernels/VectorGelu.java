package org.diffusion4j.kernels;

import static org.diffusion4j.kernels.VectorMemory.load;
import static org.diffusion4j.kernels.VectorMemory.store;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.diffusion4j.kernels.Kernels.Gelu;

/** The loops of {@link PlainGelu} by vectors. */
final class VectorGelu {
    private static final int LANES = VectorMemory.SPECIES.length();
    private static final int BYTES = 4 * LANES;
    private static final FloatVector ONE = broadcast(1);
    private static final FloatVector MINUS_HALF = broadcast(-0.5);
    private static final FloatVector ROOT_2_PI = broadcast(1 / Math.sqrt(2 * Math.PI));
    private static final FloatVector P = broadcast(PlainGelu.P * Math.sqrt(0.5));
    private static final FloatVector HALF_A1 = broadcast(PlainGelu.A1 / 2);
    private static final FloatVector HALF_A2 = broadcast(PlainGelu.A2 / 2);
    private static final FloatVector HALF_A3 = broadcast(PlainGelu.A3 / 2);
    private static final FloatVector HALF_A4 = broadcast(PlainGelu.A4 / 2);
    private static final FloatVector HALF_A5 = broadcast(PlainGelu.A5 / 2);
    private static final FloatVector TANH_SLOPE = broadcast(PlainGelu.TANH_SLOPE);
    private static final FloatVector TANH_CUBIC = broadcast(PlainGelu.TANH_SLOPE * PlainGelu.TANH_CUBIC);
    private static final FloatVector TANH_SQUARE = broadcast(3 * PlainGelu.TANH_SLOPE * PlainGelu.TANH_CUBIC);
    private static final FloatVector QUICK_SLOPE = broadcast(PlainGelu.QUICK_SLOPE);

    private VectorGelu() {}

    private static FloatVector broadcast(double value) {
        return FloatVector.broadcast(VectorMemory.SPECIES, (float) value);
    }

    private static FloatVector gelu(Gelu form, FloatVector x) {
        return switch (form) {
            case ERF -> x.mul(normal(x, bell(x)));
            case TANH -> x.mul(sigmoid(cubic(x)));
            case QUICK -> x.mul(sigmoid(x.mul(QUICK_SLOPE)));
        };
    }

    private static FloatVector slope(Gelu form, FloatVector x) {
        switch (form) {
            case ERF -> {
                FloatVector bell = bell(x);
                return x.mul(bell).fma(ROOT_2_PI, normal(x, bell));
            }
            case TANH -> {
                FloatVector cdf = sigmoid(cubic(x));
                FloatVector inner = x.mul(x).fma(TANH_SQUARE, TANH_SLOPE);
                return slope(x, cdf, inner);
            }
            default -> {
                return slope(x, sigmoid(x.mul(QUICK_SLOPE)), QUICK_SLOPE);
            }
        }
    }

    /** The slope of x·sigmoid(u), where u's own slope is {@code inner}. */
    private static FloatVector slope(FloatVector x, FloatVector cdf, FloatVector inner) {
        return cdf.mul(x.mul(inner).fma(ONE.sub(cdf), ONE));
    }

    private static FloatVector cubic(FloatVector x) {
        return x.mul(x.mul(x).fma(TANH_CUBIC, TANH_SLOPE));
    }

    private static FloatVector sigmoid(FloatVector x) {
        return ONE.div(VectorKernels.exp(x.neg()).add(ONE));
    }

    /** e^(-x²/2). */
    private static FloatVector bell(FloatVector x) {
        return VectorKernels.exp(x.mul(x).mul(MINUS_HALF));
    }

    /** The normal distribution's Φ(x). */
    private static FloatVector normal(FloatVector x, FloatVector bell) {
        FloatVector t = ONE.div(x.abs().fma(P, ONE));
        FloatVector series = t.fma(HALF_A5, HALF_A4);
        series = series.fma(t, HALF_A3);
        series = series.fma(t, HALF_A2);
        series = series.fma(t, HALF_A1);
        FloatVector tail = series.mul(t).mul(bell);
        VectorMask<Float> above = x.compare(VectorOperators.GE, 0);
        return tail.blend(ONE.sub(tail), above);
    }

    static void gelu(Gelu form, ByteBuffer x, ByteBuffer y, int length) {
        Object xs = VectorMemory.of(x);
        Object ys = VectorMemory.of(y);
        int whole = length / LANES * LANES;
        for (int at = 0; at < 4 * whole; at += BYTES) {
            store(gelu(form, load(xs, at)), ys, at);
        }
        PlainGelu.gelu(form, x, y, whole, length);
    }

    static void geluGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length) {
        Object xs = VectorMemory.of(x);
        Object dys = VectorMemory.of(dy);
        Object dxs = VectorMemory.of(dx);
        int whole = length / LANES * LANES;
        for (int at = 0; at < 4 * whole; at += BYTES) {
            store(load(dys, at).mul(slope(form, load(xs, at))), dxs, at);
        }
        PlainGelu.geluGradient(form, x, dy, dx, whole, length);
    }

    static void gated(Gelu form, ByteBuffer x, ByteBuffer y, int rows, int columns) {
        Object xs = VectorMemory.of(x);
        Object ys = VectorMemory.of(y);
        int whole = columns / LANES * LANES;
        for (int row = 0; row < rows; row++) {
            int value = 8 * row * columns;
            int gate = value + 4 * columns;
            int to = 4 * row * columns;
            for (int at = 0; at < 4 * whole; at += BYTES) {
                store(load(xs, value + at).mul(gelu(form, load(xs, gate + at))), ys, to + at);
            }
        }
        if (whole < columns) {
            PlainGelu.gated(form, x, y, rows, columns, whole);
        }
    }

    static void gatedGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int rows, int columns) {
        Object xs = VectorMemory.of(x);
        Object dys = VectorMemory.of(dy);
        Object dxs = VectorMemory.of(dx);
        int whole = columns / LANES * LANES;
        for (int row = 0; row < rows; row++) {
            int value = 8 * row * columns;
            int gate = value + 4 * columns;
            int from = 4 * row * columns;
            for (int at = 0; at < 4 * whole; at += BYTES) {
                FloatVector gradient = load(dys, from + at);
                FloatVector gates = load(xs, gate + at);
                FloatVector ofGates = gradient.mul(load(xs, value + at)).mul(slope(form, gates));
                store(gradient.mul(gelu(form, gates)), dxs, value + at);
                store(ofGates, dxs, gate + at);
            }
        }
        if (whole < columns) {
            PlainGelu.gatedGradient(form, x, dy, dx, rows, columns, whole);
        }
    }
}
