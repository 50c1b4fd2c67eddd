package org.diffusion4j.kernels;

import static org.diffusion4j.kernels.VectorMemory.LOAD;
import static org.diffusion4j.kernels.VectorMemory.STORE;

import java.nio.ByteBuffer;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** e^x and functions of it by the widest vectors. */
final class VectorExp {
    private static final VectorSpecies<Float> SPECIES = VectorMemory.SPECIES;
    private static final int LANES = SPECIES.length();
    private static final int BYTES = 4 * LANES;

    private static final float[] ONES = new float[Scratch.LENGTH];
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
     * A function of z = x·scale + shift. e^z is 2^k·e^f with |f| ≤ ln 2 / 2, where e^f is its series up to the sixth power; its relative
     * error is at most 2e-7.
     *
     * @param function the function
     * @param x a matrix, as {@link VectorMemory#of} gives it
     * @param xAt where it begins, in bytes
     * @param xRow the distance from one row to the next, in bytes
     * @param y gets the results; may be x
     * @param yAt where they begin, in bytes
     * @param yRow the distance from one row to the next, in bytes
     * @param rows the number of rows
     * @param columns the number of columns, a multiple of the vectors' length
     * @param scale one per column, from {@code first}
     * @param shift one per column, from {@code first}
     * @param first the index of the first column's scale and shift
     */
    static void run(
            Function function,
            Object x,
            int xAt,
            int xRow,
            Object y,
            int yAt,
            int yRow,
            int rows,
            int columns,
            float[] scale,
            float[] shift,
            int first)
            throws Throwable {
        FloatVector least = FloatVector.broadcast(SPECIES, -87);
        FloatVector most = FloatVector.broadcast(SPECIES, 88);
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
            int from = xAt + row * xRow;
            int to = yAt + row * yRow;
            for (int column = first; column < first + columns; column += LANES, from += BYTES, to += BYTES) {
                FloatVector z = ((FloatVector) LOAD.invokeExact(x, from))
                        .fma(
                                FloatVector.fromArray(SPECIES, scale, column),
                                FloatVector.fromArray(SPECIES, shift, column));
                FloatVector exponent = z.mul(sign);
                // As max and min would give it, NaN included, which take more instructions.
                exponent = exponent.blend(least, exponent.compare(VectorOperators.LT, least));
                exponent = exponent.blend(most, exponent.compare(VectorOperators.GT, most));
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
                    case EXP -> STORE.invokeExact(power, y, to);
                    case SIGMOID -> STORE.invokeExact(one.div(power.add(one)), y, to);
                    case SILU -> STORE.invokeExact(z.div(power.add(one)), y, to);
                    case SILU_SLOPE -> {
                        FloatVector sigmoid = one.div(power.add(one));
                        STORE.invokeExact(sigmoid.mul(z.fma(one.sub(sigmoid), one)), y, to);
                    }
                }
            }
        }
    }

    /** A function of up to {@link Scratch#LENGTH} numbers. */
    static void run(Function function, Object x, int xAt, Object y, int yAt, int length) throws Throwable {
        run(function, x, xAt, 0, y, yAt, 0, 1, length, ONES, ZEROS, 0);
    }

    static void silu(ByteBuffer x, ByteBuffer y, int length) throws Throwable {
        Object xs = VectorMemory.of(x);
        Object ys = VectorMemory.of(y);
        int whole = length / LANES * LANES;
        for (int from = 0; from < whole; from += Scratch.LENGTH) {
            run(Function.SILU, xs, 4 * from, ys, 4 * from, Math.min(Scratch.LENGTH, whole - from));
        }
        PlainKernels.silu(x, y, whole, length);
    }

    static void siluGradient(ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length) throws Throwable {
        Object xs = VectorMemory.of(x);
        Object dys = VectorMemory.of(dy);
        Object dxs = VectorMemory.of(dx);
        Object slopes = Scratch.ofThread().first;
        int whole = length / LANES * LANES;
        for (int from = 0; from < whole; from += Scratch.LENGTH) {
            int count = Math.min(Scratch.LENGTH, whole - from);
            run(Function.SILU_SLOPE, xs, 4 * from, slopes, 0, count);
            multiply(dys, slopes, dxs, 4 * from, count);
        }
        PlainKernels.siluGradient(x, dy, dx, whole, length);
    }

    /** y = x·factor, from a place of x and y and the beginning of the factors. */
    static void multiply(Object x, Object factors, Object y, int at, int count) throws Throwable {
        for (int i = 0; i < 4 * count; i += BYTES) {
            FloatVector factor = (FloatVector) LOAD.invokeExact(factors, i);
            STORE.invokeExact(((FloatVector) LOAD.invokeExact(x, at + i)).mul(factor), y, at + i);
        }
    }
}
