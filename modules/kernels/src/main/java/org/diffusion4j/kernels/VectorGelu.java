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

    private VectorGelu() {}

    private static FloatVector broadcast(double value) {
        return FloatVector.broadcast(VectorMemory.SPECIES, (float) value);
    }

    /**
     * The forms whose Φ is the sigmoid of a·x + b·x³. One loop serves both: with a switch over all forms in a loop, the
     * compiler keeps vectors as objects as soon as several forms have run.
     */
    private record Sigmoid(FloatVector a, FloatVector b, FloatVector threeB) {
        static final Sigmoid TANH = of(PlainGelu.TANH_SLOPE, PlainGelu.TANH_SLOPE * PlainGelu.TANH_CUBIC);
        static final Sigmoid QUICK = of(PlainGelu.QUICK_SLOPE, 0);

        static Sigmoid of(double a, double b) {
            return new Sigmoid(broadcast(a), broadcast(b), broadcast(3 * b));
        }

        static Sigmoid of(Gelu form) {
            return form == Gelu.TANH ? TANH : QUICK;
        }
    }

    /** e^(-x²/2). */
    private static FloatVector bell(FloatVector x) {
        return VectorKernels.exp(x.mul(x).mul(MINUS_HALF));
    }

    private static FloatVector sigmoid(FloatVector x, FloatVector a, FloatVector b) {
        FloatVector u = x.mul(x.mul(x).fma(b, a));
        return ONE.div(VectorKernels.exp(u.neg()).add(ONE));
    }

    /** The slope of x·cdf, where cdf is the sigmoid of a function of x. */
    private static FloatVector slope(FloatVector x, FloatVector cdf, FloatVector a, FloatVector threeB) {
        FloatVector inner = x.mul(x).fma(threeB, a);
        return cdf.mul(x.mul(inner).fma(ONE.sub(cdf), ONE));
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
        int end = 4 * (length / LANES * LANES);
        if (form == Gelu.ERF) {
            for (int at = 0; at < end; at += BYTES) {
                FloatVector value = load(xs, at);
                store(value.mul(normal(value, bell(value))), ys, at);
            }
        } else {
            Sigmoid of = Sigmoid.of(form);
            for (int at = 0; at < end; at += BYTES) {
                FloatVector value = load(xs, at);
                store(value.mul(sigmoid(value, of.a, of.b)), ys, at);
            }
        }
        PlainGelu.gelu(form, x, y, end / 4, length);
    }

    static void geluGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length) {
        Object xs = VectorMemory.of(x);
        Object dys = VectorMemory.of(dy);
        Object dxs = VectorMemory.of(dx);
        int end = 4 * (length / LANES * LANES);
        if (form == Gelu.ERF) {
            for (int at = 0; at < end; at += BYTES) {
                FloatVector value = load(xs, at);
                FloatVector bell = bell(value);
                FloatVector slope = value.mul(bell).fma(ROOT_2_PI, normal(value, bell));
                store(load(dys, at).mul(slope), dxs, at);
            }
        } else {
            Sigmoid of = Sigmoid.of(form);
            for (int at = 0; at < end; at += BYTES) {
                FloatVector value = load(xs, at);
                FloatVector slope = slope(value, sigmoid(value, of.a, of.b), of.a, of.threeB);
                store(load(dys, at).mul(slope), dxs, at);
            }
        }
        PlainGelu.geluGradient(form, x, dy, dx, end / 4, length);
    }

    static void gated(Gelu form, ByteBuffer x, ByteBuffer y, int rows, int columns) {
        Object xs = VectorMemory.of(x);
        Object ys = VectorMemory.of(y);
        int whole = columns / LANES * LANES;
        for (int row = 0; row < rows; row++) {
            int value = 8 * row * columns;
            if (form == Gelu.ERF) {
                gatedErf(xs, value, value + 4 * columns, ys, 4 * row * columns, 4 * whole);
            } else {
                gatedSigmoid(Sigmoid.of(form), xs, value, value + 4 * columns, ys, 4 * row * columns, 4 * whole);
            }
        }
        if (whole < columns) {
            PlainGelu.gated(form, x, y, rows, columns, whole);
        }
    }

    private static void gatedErf(Object xs, int value, int gate, Object ys, int to, int length) {
        for (int at = 0; at < length; at += BYTES) {
            FloatVector gates = load(xs, gate + at);
            FloatVector gelu = gates.mul(normal(gates, bell(gates)));
            store(load(xs, value + at).mul(gelu), ys, to + at);
        }
    }

    private static void gatedSigmoid(Sigmoid of, Object xs, int value, int gate, Object ys, int to, int length) {
        for (int at = 0; at < length; at += BYTES) {
            FloatVector gates = load(xs, gate + at);
            FloatVector gelu = gates.mul(sigmoid(gates, of.a, of.b));
            store(load(xs, value + at).mul(gelu), ys, to + at);
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
            if (form == Gelu.ERF) {
                gatedErfGradient(xs, value, gate, dys, from, dxs, 4 * whole);
            } else {
                gatedSigmoidGradient(Sigmoid.of(form), xs, value, gate, dys, from, dxs, 4 * whole);
            }
        }
        if (whole < columns) {
            PlainGelu.gatedGradient(form, x, dy, dx, rows, columns, whole);
        }
    }

    private static void gatedErfGradient(Object xs, int value, int gate, Object dys, int from, Object dxs, int length) {
        for (int at = 0; at < length; at += BYTES) {
            FloatVector gradient = load(dys, from + at);
            FloatVector gates = load(xs, gate + at);
            FloatVector bell = bell(gates);
            FloatVector cdf = normal(gates, bell);
            FloatVector slope = gates.mul(bell).fma(ROOT_2_PI, cdf);
            FloatVector ofGates = gradient.mul(load(xs, value + at)).mul(slope);
            store(gradient.mul(gates.mul(cdf)), dxs, value + at);
            store(ofGates, dxs, gate + at);
        }
    }

    private static void gatedSigmoidGradient(
            Sigmoid of, Object xs, int value, int gate, Object dys, int from, Object dxs, int length) {
        for (int at = 0; at < length; at += BYTES) {
            FloatVector gradient = load(dys, from + at);
            FloatVector gates = load(xs, gate + at);
            FloatVector cdf = sigmoid(gates, of.a, of.b);
            FloatVector ofGates = gradient.mul(load(xs, value + at)).mul(slope(gates, cdf, of.a, of.threeB));
            store(gradient.mul(gates.mul(cdf)), dxs, value + at);
            store(ofGates, dxs, gate + at);
        }
    }
}
