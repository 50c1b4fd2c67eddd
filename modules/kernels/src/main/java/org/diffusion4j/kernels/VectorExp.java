package org.diffusion4j.kernels;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** e^x and functions of it by the widest vectors. */
final class VectorExp {
    private static final VectorSpecies<Float> SPECIES = VectorMemory.SPECIES;
    private static final int LANES = SPECIES.length();

    /** As many ones as {@link Scratch#LENGTH}. */
    static final float[] ONES = new float[Scratch.LENGTH];
    /** Negative zeros: every number plus one of them is itself. */
    private static final float[] ZEROS = new float[Scratch.LENGTH];

    static {
        Arrays.fill(ONES, 1);
        Arrays.fill(ZEROS, -0f);
    }

    private VectorExp() {}

    /** What {@link #run} computes of z. */
    enum Function {
        /** e^z. */
        EXP,
        /** 1 / (1 + e^-z). */
        SIGMOID,
        /** z / (1 + e^-z). */
        SILU,
        /** The slope of SiLU. */
        SILU_SLOPE
    }

    /**
     * A function of z = x·scale + shift, in place of x. e^z is 2^k·e^f with |f| ≤ ln 2 / 2, where e^f is its series up to the sixth
     * power; its relative error is at most 2e-7. Beyond ±87, e^z is that of ±87. Of NaN, {@link Function#EXP} and {@link
     * Function#SIGMOID} are numbers; what calls these multiplies by NaN again.
     *
     * @param function the function
     * @param x a matrix at the beginning of an array of {@link Scratch}; gets the results
     * @param rows the number of rows
     * @param stride the distance from one row to the next
     * @param columns the number of columns, a multiple of the vectors' length
     * @param scale one per column, from {@code first}
     * @param shift one per column, from {@code first}
     * @param first the index of the first column's scale and shift
     */
    static void run(
            Function function, float[] x, int rows, int stride, int columns, float[] scale, float[] shift, int first) {
        IntVector magnitude = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MAX_VALUE);
        IntVector signs = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MIN_VALUE);
        IntVector most = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Float.floatToRawIntBits(87));
        FloatVector log2E = FloatVector.broadcast(SPECIES, 1.442695f);
        FloatVector rounding = FloatVector.broadcast(SPECIES, 12582912);
        FloatVector minusLn2High = FloatVector.broadcast(SPECIES, -0.693359375f);
        FloatVector minusLn2Low = FloatVector.broadcast(SPECIES, 2.1219444e-4f);
        FloatVector a6 = FloatVector.broadcast(SPECIES, 1f / 720);
        FloatVector a5 = FloatVector.broadcast(SPECIES, 1f / 120);
        FloatVector a4 = FloatVector.broadcast(SPECIES, 1f / 24);
        FloatVector a3 = FloatVector.broadcast(SPECIES, 1f / 6);
        FloatVector half = FloatVector.broadcast(SPECIES, 0.5f);
        FloatVector one = FloatVector.broadcast(SPECIES, 1);
        FloatVector sign = FloatVector.broadcast(SPECIES, function == Function.EXP ? 1f : -1f);
        IntVector bias = IntVector.broadcast(IntVector.SPECIES_PREFERRED, 0x4B400000 - 127);
        for (int row = 0; row < rows; row++) {
            for (int column = 0, at = row * stride; column < columns; column += LANES, at += LANES) {
                FloatVector z = FloatVector.fromArray(SPECIES, x, at)
                        .fma(
                                FloatVector.fromArray(SPECIES, scale, first + column),
                                FloatVector.fromArray(SPECIES, shift, first + column));
                // Bits of positive numbers are in these numbers' order: their least of integers takes one instruction.
                IntVector given = z.mul(sign).reinterpretAsInts();
                FloatVector exponent =
                        given.and(magnitude).min(most).or(given.and(signs)).reinterpretAsFloats();
                // Adding and subtracting 1.5·2^23 rounds to an integer, which is also in the low bits of the sum.
                FloatVector rounded = exponent.mul(log2E).add(rounding);
                FloatVector k = rounded.sub(rounding);
                FloatVector f = k.fma(minusLn2High, exponent);
                f = k.fma(minusLn2Low, f);
                FloatVector series = f.fma(a6, a5);
                series = series.fma(f, a4);
                series = series.fma(f, a3);
                series = series.fma(f, half);
                series = series.fma(f, one);
                series = series.fma(f, one);
                IntVector bits = rounded.reinterpretAsInts().sub(bias).lanewise(VectorOperators.LSHL, 23);
                FloatVector power = series.mul(bits.reinterpretAsFloats());
                // Each function stores its own result: a vector that may come from several branches could become an
                // object.
                switch (function) {
                    case EXP -> power.intoArray(x, at);
                    case SIGMOID -> one.div(power.add(one)).intoArray(x, at);
                    case SILU -> z.div(power.add(one)).intoArray(x, at);
                    case SILU_SLOPE -> {
                        FloatVector sigmoid = one.div(power.add(one));
                        sigmoid.mul(z.fma(one.sub(sigmoid), one)).intoArray(x, at);
                    }
                }
            }
        }
    }

    /** A function of up to {@link Scratch#LENGTH} numbers, in place of these. */
    static void run(Function function, float[] x, int length) {
        run(function, x, 1, length, length, ONES, ZEROS, 0);
    }

    static void silu(ByteBuffer x, ByteBuffer y, int length) {
        FloatBuffer from = VectorMemory.floats(x);
        FloatBuffer to = VectorMemory.floats(y);
        float[] near = Scratch.ofThread().first;
        int whole = length / LANES * LANES;
        for (int at = 0; at < whole; at += Scratch.LENGTH) {
            int count = Math.min(Scratch.LENGTH, whole - at);
            from.get(at, near, 0, count);
            run(Function.SILU, near, count);
            to.put(at, near, 0, count);
        }
        PlainKernels.silu(x, y, whole, length);
    }

    static void siluGradient(ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length) {
        FloatBuffer from = VectorMemory.floats(x);
        FloatBuffer gradient = VectorMemory.floats(dy);
        FloatBuffer to = VectorMemory.floats(dx);
        float[] slopes = Scratch.ofThread().first;
        float[] near = Scratch.ofThread().second;
        int whole = length / LANES * LANES;
        for (int at = 0; at < whole; at += Scratch.LENGTH) {
            int count = Math.min(Scratch.LENGTH, whole - at);
            from.get(at, slopes, 0, count);
            run(Function.SILU_SLOPE, slopes, count);
            gradient.get(at, near, 0, count);
            multiply(near, slopes, count);
            to.put(at, near, 0, count);
        }
        PlainKernels.siluGradient(x, dy, dx, whole, length);
    }

    /** Multiplies some numbers by others, in place of the first. */
    static void multiply(float[] x, float[] factors, int count) {
        for (int i = 0; i < count; i += LANES) {
            FloatVector.fromArray(SPECIES, x, i)
                    .mul(FloatVector.fromArray(SPECIES, factors, i))
                    .intoArray(x, i);
        }
    }
}
