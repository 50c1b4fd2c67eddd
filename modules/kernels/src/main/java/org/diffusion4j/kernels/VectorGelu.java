package org.diffusion4j.kernels;

import static org.diffusion4j.kernels.VectorMemory.LOAD;
import static org.diffusion4j.kernels.VectorMemory.STORE;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
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

    static void gelu(Gelu form, ByteBuffer x, ByteBuffer y, int length) {
        FloatBuffer from = VectorMemory.floats(x);
        FloatBuffer to = VectorMemory.floats(y);
        Scratch scratch = Scratch.ofThread();
        int whole = length / LANES * LANES;
        for (int at = 0; at < whole; at += Scratch.LENGTH) {
            int count = Math.min(Scratch.LENGTH, whole - at);
            from.get(at, scratch.first, 0, count);
            cdf(form, scratch.first, count, scratch.second, scratch.third);
            VectorExp.multiply(scratch.second, scratch.first, count);
            to.put(at, scratch.second, 0, count);
        }
        PlainGelu.gelu(form, x, y, whole, length);
    }

    static void geluGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length) {
        FloatBuffer from = VectorMemory.floats(x);
        FloatBuffer gradient = VectorMemory.floats(dy);
        FloatBuffer to = VectorMemory.floats(dx);
        Scratch scratch = Scratch.ofThread();
        int whole = length / LANES * LANES;
        for (int at = 0; at < whole; at += Scratch.LENGTH) {
            int count = Math.min(Scratch.LENGTH, whole - at);
            from.get(at, scratch.first, 0, count);
            cdf(form, scratch.first, count, scratch.second, scratch.third);
            slopes(form, scratch.first, count, scratch.second, scratch.third);
            gradient.get(at, scratch.first, 0, count);
            VectorExp.multiply(scratch.first, scratch.third, count);
            to.put(at, scratch.first, 0, count);
        }
        PlainGelu.geluGradient(form, x, dy, dx, whole, length);
    }

    static void gated(Gelu form, ByteBuffer x, ByteBuffer y, int rows, int columns) {
        FloatBuffer from = VectorMemory.floats(x);
        FloatBuffer to = VectorMemory.floats(y);
        Scratch scratch = Scratch.ofThread();
        int whole = columns / LANES * LANES;
        for (int row = 0; row < rows; row++) {
            for (int at = 0; at < whole; at += Scratch.LENGTH) {
                int count = Math.min(Scratch.LENGTH, whole - at);
                int value = 2 * row * columns + at;
                from.get(value + columns, scratch.first, 0, count);
                cdf(form, scratch.first, count, scratch.second, scratch.third);
                VectorExp.multiply(scratch.first, scratch.second, count);
                from.get(value, scratch.second, 0, count);
                VectorExp.multiply(scratch.second, scratch.first, count);
                to.put(row * columns + at, scratch.second, 0, count);
            }
        }
        if (whole < columns) {
            PlainGelu.gated(form, x, y, rows, columns, whole);
        }
    }

    static void gatedGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int rows, int columns)
            throws Throwable {
        Object xs = VectorMemory.of(x);
        Object dys = VectorMemory.of(dy);
        Object dxs = VectorMemory.of(dx);
        FloatBuffer from = VectorMemory.floats(x);
        Scratch scratch = Scratch.ofThread();
        int whole = columns / LANES * LANES;
        for (int row = 0; row < rows; row++) {
            for (int at = 0; at < whole; at += Scratch.LENGTH) {
                int count = Math.min(Scratch.LENGTH, whole - at);
                int value = 2 * row * columns + at;
                from.get(value + columns, scratch.first, 0, count);
                cdf(form, scratch.first, count, scratch.second, scratch.third);
                slopes(form, scratch.first, count, scratch.second, scratch.third);
                gatedGradient(
                        xs,
                        dys,
                        dxs,
                        4 * value,
                        4 * (value + columns),
                        4 * (row * columns + at),
                        count,
                        scratch.second,
                        scratch.third);
            }
        }
        if (whole < columns) {
            PlainGelu.gatedGradient(form, x, dy, dx, rows, columns, whole);
        }
    }

    private static void gatedGradient(
            Object x, Object dy, Object dx, int value, int gate, int from, int count, float[] cdf, float[] slopes)
            throws Throwable {
        for (int i = 0; i < count; i += LANES) {
            FloatVector gradient = (FloatVector) LOAD.invokeExact(dy, from + 4 * i);
            FloatVector gelu =
                    ((FloatVector) LOAD.invokeExact(x, gate + 4 * i)).mul(FloatVector.fromArray(SPECIES, cdf, i));
            FloatVector ofGate = gradient.mul((FloatVector) LOAD.invokeExact(x, value + 4 * i))
                    .mul(FloatVector.fromArray(SPECIES, slopes, i));
            STORE.invokeExact(gradient.mul(gelu), dx, value + 4 * i);
            STORE.invokeExact(ofGate, dx, gate + 4 * i);
        }
    }

    /**
     * Φ of some numbers.
     *
     * @param x the numbers
     * @param cdf gets Φ(x)
     * @param powers gets e^(-x²/2), if the form is {@link Gelu#ERF}
     */
    private static void cdf(Gelu form, float[] x, int count, float[] cdf, float[] powers) {
        if (form == Gelu.ERF) {
            halfSquares(x, count, powers);
            VectorExp.run(Function.EXP, powers, count);
            normal(x, count, powers, cdf);
        } else {
            polynomials(x, count, (float) linear(form), (float) cubic(form), cdf);
            VectorExp.run(Function.SIGMOID, cdf, count);
        }
    }

    /** -x²/2. */
    private static void halfSquares(float[] x, int count, float[] results) {
        FloatVector minusHalf = FloatVector.broadcast(SPECIES, -0.5f);
        for (int i = 0; i < count; i += LANES) {
            FloatVector value = FloatVector.fromArray(SPECIES, x, i);
            value.mul(value).mul(minusHalf).intoArray(results, i);
        }
    }

    /** linear·x + cubic·x³. */
    private static void polynomials(float[] x, int count, float linear, float cubic, float[] results) {
        FloatVector a = FloatVector.broadcast(SPECIES, linear);
        FloatVector b = FloatVector.broadcast(SPECIES, cubic);
        for (int i = 0; i < count; i += LANES) {
            FloatVector value = FloatVector.fromArray(SPECIES, x, i);
            value.mul(value.mul(value).fma(b, a)).intoArray(results, i);
        }
    }

    /** The normal distribution's Φ(x). */
    private static void normal(float[] x, int count, float[] bells, float[] cdf) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1);
        FloatVector p = FloatVector.broadcast(SPECIES, P);
        FloatVector halfA1 = FloatVector.broadcast(SPECIES, HALF_A1);
        FloatVector halfA2 = FloatVector.broadcast(SPECIES, HALF_A2);
        FloatVector halfA3 = FloatVector.broadcast(SPECIES, HALF_A3);
        FloatVector halfA4 = FloatVector.broadcast(SPECIES, HALF_A4);
        FloatVector halfA5 = FloatVector.broadcast(SPECIES, HALF_A5);
        for (int i = 0; i < count; i += LANES) {
            FloatVector value = FloatVector.fromArray(SPECIES, x, i);
            FloatVector t = one.div(value.abs().fma(p, one));
            FloatVector series = t.fma(halfA5, halfA4);
            series = series.fma(t, halfA3);
            series = series.fma(t, halfA2);
            series = series.fma(t, halfA1);
            FloatVector tail = series.mul(t).mul(FloatVector.fromArray(SPECIES, bells, i));
            VectorMask<Float> above = value.compare(VectorOperators.GE, 0);
            tail.blend(one.sub(tail), above).intoArray(cdf, i);
        }
    }

    /**
     * The slope of x·Φ(x) at some numbers.
     *
     * @param cdf what {@link #cdf} gave
     * @param powers what it gave; gets the slopes
     */
    private static void slopes(Gelu form, float[] x, int count, float[] cdf, float[] powers) {
        if (form == Gelu.ERF) {
            normalSlopes(x, count, cdf, powers);
        } else {
            sigmoidSlopes(x, count, (float) linear(form), (float) (3 * cubic(form)), cdf, powers);
        }
    }

    private static void normalSlopes(float[] x, int count, float[] cdf, float[] bells) {
        FloatVector root2Pi = FloatVector.broadcast(SPECIES, ROOT_2_PI);
        for (int i = 0; i < count; i += LANES) {
            FloatVector product = FloatVector.fromArray(SPECIES, x, i).mul(FloatVector.fromArray(SPECIES, bells, i));
            product.fma(root2Pi, FloatVector.fromArray(SPECIES, cdf, i)).intoArray(bells, i);
        }
    }

    private static void sigmoidSlopes(
            float[] x, int count, float linear, float threeCubic, float[] cdf, float[] slopes) {
        FloatVector a = FloatVector.broadcast(SPECIES, linear);
        FloatVector b = FloatVector.broadcast(SPECIES, threeCubic);
        FloatVector one = FloatVector.broadcast(SPECIES, 1);
        for (int i = 0; i < count; i += LANES) {
            FloatVector value = FloatVector.fromArray(SPECIES, x, i);
            FloatVector sigmoid = FloatVector.fromArray(SPECIES, cdf, i);
            FloatVector inner = value.mul(value).fma(b, a);
            sigmoid.mul(value.mul(inner).fma(one.sub(sigmoid), one)).intoArray(slopes, i);
        }
    }
}
