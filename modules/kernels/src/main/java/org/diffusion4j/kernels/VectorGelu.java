package org.diffusion4j.kernels;

import static org.diffusion4j.kernels.VectorMemory.LOAD;
import static org.diffusion4j.kernels.VectorMemory.STORE;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.diffusion4j.kernels.Kernels.Gelu;
import org.diffusion4j.kernels.VectorExp.Function;

/** The loops of {@link PlainGelu} by vectors. They first compute Φ(x), and the slope of x·Φ(x) where it is needed. */
final class VectorGelu {
    private static final VectorSpecies<Float> SPECIES = VectorMemory.SPECIES;
    private static final int LANES = SPECIES.length();
    private static final int BYTES = 4 * LANES;
    private static final float ROOT_2_PI = (float) (1 / Math.sqrt(2 * Math.PI));
    private static final float P = (float) (PlainGelu.P * Math.sqrt(0.5));
    private static final float HALF_A1 = (float) (PlainGelu.A1 / 2);
    private static final float HALF_A2 = (float) (PlainGelu.A2 / 2);
    private static final float HALF_A3 = (float) (PlainGelu.A3 / 2);
    private static final float HALF_A4 = (float) (PlainGelu.A4 / 2);
    private static final float HALF_A5 = (float) (PlainGelu.A5 / 2);

    private VectorGelu() {}

    /** Where Φ isn't the normal distribution's, it is the sigmoid of linear·x + cubic·x³. */
    private static double linear(Gelu form) {
        return form == Gelu.TANH ? PlainGelu.TANH_SLOPE : PlainGelu.QUICK_SLOPE;
    }

    private static double cubic(Gelu form) {
        return form == Gelu.TANH ? PlainGelu.TANH_SLOPE * PlainGelu.TANH_CUBIC : 0;
    }

    static void gelu(Gelu form, ByteBuffer x, ByteBuffer y, int length) throws Throwable {
        Object xs = VectorMemory.of(x);
        Object ys = VectorMemory.of(y);
        Scratch scratch = Scratch.ofThread();
        int whole = length / LANES * LANES;
        for (int from = 0; from < whole; from += Scratch.LENGTH) {
            int count = Math.min(Scratch.LENGTH, whole - from);
            cdf(form, xs, 4 * from, count, scratch.first, scratch.second);
            VectorExp.multiply(xs, scratch.first, ys, 4 * from, count);
        }
        PlainGelu.gelu(form, x, y, whole, length);
    }

    static void geluGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length) throws Throwable {
        Object xs = VectorMemory.of(x);
        Object dys = VectorMemory.of(dy);
        Object dxs = VectorMemory.of(dx);
        Scratch scratch = Scratch.ofThread();
        int whole = length / LANES * LANES;
        for (int from = 0; from < whole; from += Scratch.LENGTH) {
            int count = Math.min(Scratch.LENGTH, whole - from);
            cdf(form, xs, 4 * from, count, scratch.first, scratch.second);
            slopes(form, xs, 4 * from, count, scratch.first, scratch.second);
            VectorExp.multiply(dys, scratch.second, dxs, 4 * from, count);
        }
        PlainGelu.geluGradient(form, x, dy, dx, whole, length);
    }

    static void gated(Gelu form, ByteBuffer x, ByteBuffer y, int rows, int columns) throws Throwable {
        Object xs = VectorMemory.of(x);
        Object ys = VectorMemory.of(y);
        Scratch scratch = Scratch.ofThread();
        int whole = columns / LANES * LANES;
        for (int row = 0; row < rows; row++) {
            for (int from = 0; from < whole; from += Scratch.LENGTH) {
                int count = Math.min(Scratch.LENGTH, whole - from);
                int value = 8 * row * columns + 4 * from;
                int gate = value + 4 * columns;
                cdf(form, xs, gate, count, scratch.first, scratch.second);
                gated(xs, value, gate, scratch.first, count, ys, 4 * (row * columns + from));
            }
        }
        if (whole < columns) {
            PlainGelu.gated(form, x, y, rows, columns, whole);
        }
    }

    private static void gated(Object x, int value, int gate, Object cdf, int count, Object y, int to) throws Throwable {
        for (int i = 0; i < count; i += LANES) {
            FloatVector gelu =
                    ((FloatVector) LOAD.invokeExact(x, gate + 4 * i)).mul((FloatVector) LOAD.invokeExact(cdf, 4 * i));
            STORE.invokeExact(((FloatVector) LOAD.invokeExact(x, value + 4 * i)).mul(gelu), y, to + 4 * i);
        }
    }

    static void gatedGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int rows, int columns)
            throws Throwable {
        Object xs = VectorMemory.of(x);
        Object dys = VectorMemory.of(dy);
        Object dxs = VectorMemory.of(dx);
        Scratch scratch = Scratch.ofThread();
        int whole = columns / LANES * LANES;
        for (int row = 0; row < rows; row++) {
            for (int from = 0; from < whole; from += Scratch.LENGTH) {
                int count = Math.min(Scratch.LENGTH, whole - from);
                int value = 8 * row * columns + 4 * from;
                int gate = value + 4 * columns;
                cdf(form, xs, gate, count, scratch.first, scratch.second);
                slopes(form, xs, gate, count, scratch.first, scratch.second);
                int gradient = 4 * (row * columns + from);
                gatedGradient(xs, dys, dxs, value, gate, gradient, count, scratch.first, scratch.second);
            }
        }
        if (whole < columns) {
            PlainGelu.gatedGradient(form, x, dy, dx, rows, columns, whole);
        }
    }

    private static void gatedGradient(
            Object x, Object dy, Object dx, int value, int gate, int from, int count, Object cdf, Object slopes)
            throws Throwable {
        for (int i = 0; i < count; i += LANES) {
            FloatVector gradient = (FloatVector) LOAD.invokeExact(dy, from + 4 * i);
            FloatVector gelu =
                    ((FloatVector) LOAD.invokeExact(x, gate + 4 * i)).mul((FloatVector) LOAD.invokeExact(cdf, 4 * i));
            FloatVector ofGate = gradient.mul((FloatVector) LOAD.invokeExact(x, value + 4 * i))
                    .mul((FloatVector) LOAD.invokeExact(slopes, 4 * i));
            STORE.invokeExact(gradient.mul(gelu), dx, value + 4 * i);
            STORE.invokeExact(ofGate, dx, gate + 4 * i);
        }
    }

    /**
     * Φ of some numbers.
     *
     * @param cdf gets Φ(x)
     * @param powers gets e^(-x²/2), if the form is {@link Gelu#ERF}
     */
    private static void cdf(Gelu form, Object x, int at, int count, Object cdf, Object powers) throws Throwable {
        if (form == Gelu.ERF) {
            halfSquares(x, at, count, powers);
            VectorExp.run(Function.EXP, powers, 0, powers, 0, count);
            normal(x, at, count, powers, cdf);
        } else {
            polynomials(x, at, count, (float) linear(form), (float) cubic(form), cdf);
            VectorExp.run(Function.SIGMOID, cdf, 0, cdf, 0, count);
        }
    }

    /** -x²/2. */
    private static void halfSquares(Object x, int at, int count, Object results) throws Throwable {
        FloatVector minusHalf = FloatVector.broadcast(SPECIES, -0.5f);
        for (int i = 0; i < count; i += LANES, at += BYTES) {
            FloatVector value = (FloatVector) LOAD.invokeExact(x, at);
            STORE.invokeExact(value.mul(value).mul(minusHalf), results, 4 * i);
        }
    }

    /** linear·x + cubic·x³. */
    private static void polynomials(Object x, int at, int count, float linear, float cubic, Object results)
            throws Throwable {
        FloatVector a = FloatVector.broadcast(SPECIES, linear);
        FloatVector b = FloatVector.broadcast(SPECIES, cubic);
        for (int i = 0; i < count; i += LANES, at += BYTES) {
            FloatVector value = (FloatVector) LOAD.invokeExact(x, at);
            STORE.invokeExact(value.mul(value.mul(value).fma(b, a)), results, 4 * i);
        }
    }

    /** The normal distribution's Φ(x). */
    private static void normal(Object x, int at, int count, Object bells, Object cdf) throws Throwable {
        FloatVector one = FloatVector.broadcast(SPECIES, 1);
        FloatVector p = FloatVector.broadcast(SPECIES, P);
        FloatVector halfA1 = FloatVector.broadcast(SPECIES, HALF_A1);
        FloatVector halfA2 = FloatVector.broadcast(SPECIES, HALF_A2);
        FloatVector halfA3 = FloatVector.broadcast(SPECIES, HALF_A3);
        FloatVector halfA4 = FloatVector.broadcast(SPECIES, HALF_A4);
        FloatVector halfA5 = FloatVector.broadcast(SPECIES, HALF_A5);
        for (int i = 0; i < count; i += LANES, at += BYTES) {
            FloatVector value = (FloatVector) LOAD.invokeExact(x, at);
            FloatVector t = one.div(value.abs().fma(p, one));
            FloatVector series = t.fma(halfA5, halfA4);
            series = series.fma(t, halfA3);
            series = series.fma(t, halfA2);
            series = series.fma(t, halfA1);
            FloatVector tail = series.mul(t).mul((FloatVector) LOAD.invokeExact(bells, 4 * i));
            VectorMask<Float> above = value.compare(VectorOperators.GE, 0);
            STORE.invokeExact(tail.blend(one.sub(tail), above), cdf, 4 * i);
        }
    }

    /**
     * The slope of x·Φ(x) at some numbers.
     *
     * @param cdf what {@link #cdf} gave
     * @param powers what it gave; gets the slopes
     */
    private static void slopes(Gelu form, Object x, int at, int count, Object cdf, Object powers) throws Throwable {
        if (form == Gelu.ERF) {
            normalSlopes(x, at, count, cdf, powers);
        } else {
            sigmoidSlopes(x, at, count, (float) linear(form), (float) (3 * cubic(form)), cdf, powers);
        }
    }

    private static void normalSlopes(Object x, int at, int count, Object cdf, Object bells) throws Throwable {
        FloatVector root2Pi = FloatVector.broadcast(SPECIES, ROOT_2_PI);
        for (int i = 0; i < count; i += LANES, at += BYTES) {
            FloatVector value = (FloatVector) LOAD.invokeExact(x, at);
            FloatVector product = value.mul((FloatVector) LOAD.invokeExact(bells, 4 * i));
            STORE.invokeExact(product.fma(root2Pi, (FloatVector) LOAD.invokeExact(cdf, 4 * i)), bells, 4 * i);
        }
    }

    private static void sigmoidSlopes(
            Object x, int at, int count, float linear, float threeCubic, Object cdf, Object slopes) throws Throwable {
        FloatVector a = FloatVector.broadcast(SPECIES, linear);
        FloatVector b = FloatVector.broadcast(SPECIES, threeCubic);
        FloatVector one = FloatVector.broadcast(SPECIES, 1);
        for (int i = 0; i < count; i += LANES, at += BYTES) {
            FloatVector value = (FloatVector) LOAD.invokeExact(x, at);
            FloatVector sigmoid = (FloatVector) LOAD.invokeExact(cdf, 4 * i);
            FloatVector inner = value.mul(value).fma(b, a);
            STORE.invokeExact(sigmoid.mul(value.mul(inner).fma(one.sub(sigmoid), one)), slopes, 4 * i);
        }
    }
}
