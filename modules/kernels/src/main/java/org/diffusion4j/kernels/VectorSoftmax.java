package org.diffusion4j.kernels;

import static org.diffusion4j.kernels.VectorMemory.LOAD;
import static org.diffusion4j.kernels.VectorMemory.STORE;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The loops of {@link PlainSoftmax} by vectors. */
final class VectorSoftmax {
    private static final int LANES = VectorMemory.SPECIES.length();
    private static final int BYTES = 4 * LANES;

    /** So many numbers stay in the nearest cache from one loop to the next. */
    private static final int NEAR = 1 << 12;

    /** The coefficients of 2^x for |x| ≤ ½ in Moshier's Cephes library (exp2f), to 2e-7. */
    private static final float A1 = 6.931472028550421e-1f;

    private static final float A2 = 2.402264791363012e-1f;
    private static final float A3 = 5.55033247116281e-2f;
    private static final float A4 = 9.618437357674640e-3f;
    private static final float A5 = 1.339887440266574e-3f;
    private static final float A6 = 1.535336188319500e-4f;

    private VectorSoftmax() {}

    static void piece(ByteBuffer x, int rows, int columns, float[] largest, float[] sums, float[] shrink)
            throws Throwable {
        Object xs = VectorMemory.of(x);
        int whole = columns / (2 * LANES) * (2 * LANES);
        // The loops over rows are separate: in one loop, the calls between them would cost the vectors their registers.
        int atOnce = Math.max(1, NEAR / columns);
        for (int row = 0; row < rows; row += atOnce) {
            int end = Math.min(rows, row + atOnce);
            PlainSoftmax.begin(x, row, end, columns, whole, largest, shrink);
            if (whole > 0) {
                largest(xs, row, end, columns, whole, shrink);
            }
            PlainSoftmax.powers(x, row, end, columns, whole, largest, sums, shrink);
            if (whole > 0) {
                powers(xs, row, end, columns, whole, largest, sums);
            }
        }
    }

    /** This compares two vectors at a time, since the comparisons of a single one would have to wait for each other. */
    private static void largest(Object xs, int row, int lastRow, int columns, int whole, float[] largest)
            throws Throwable {
        for (int r = row; r < lastRow; r++) {
            int from = 4 * r * columns;
            int end = from + 4 * whole;
            FloatVector a = (FloatVector) LOAD.invokeExact(xs, from);
            FloatVector b = (FloatVector) LOAD.invokeExact(xs, from + BYTES);
            for (int at = from + 2 * BYTES; at < end; at += 2 * BYTES) {
                a = a.max((FloatVector) LOAD.invokeExact(xs, at));
                b = b.max((FloatVector) LOAD.invokeExact(xs, at + BYTES));
            }
            largest[r] = Math.max(largest[r], a.max(b).reduceLanes(VectorOperators.MAX));
        }
    }

    private static void powers(Object xs, int row, int lastRow, int columns, int whole, float[] largest, float[] sums)
            throws Throwable {
        for (int r = row; r < lastRow; r++) {
            int from = 4 * r * columns;
            int end = from + 4 * whole;
            powers(xs, from, end, largest[r]);
            sums[r] += sum(xs, from, end);
        }
    }

    static void addRows(ByteBuffer x, int rows, int columns, float[] sums) throws Throwable {
        Object xs = VectorMemory.of(x);
        int whole = columns / (2 * LANES) * (2 * LANES);
        for (int r = 0; r < rows; r++) {
            int from = 4 * r * columns;
            sums[r] += sum(xs, from, from + 4 * whole);
        }
        PlainSoftmax.addRows(x, rows, columns, whole, sums);
    }

    /** Of a multiple of two vectors, since the additions of a single one would have to wait for each other. */
    private static float sum(Object xs, int from, int end) throws Throwable {
        FloatVector sumA = FloatVector.zero(VectorMemory.SPECIES);
        FloatVector sumB = sumA;
        for (int at = from; at < end; at += 2 * BYTES) {
            sumA = sumA.add((FloatVector) LOAD.invokeExact(xs, at));
            sumB = sumB.add((FloatVector) LOAD.invokeExact(xs, at + BYTES));
        }
        return sumA.add(sumB).reduceLanes(VectorOperators.ADD);
    }

    /**
     * Replaces each x, which is at most the largest, by 2^(x - largest), as 2^k·2^f with |f| ≤ ½: k is added to the exponent in
     * the bits of 2^f.
     */
    private static void powers(Object xs, int from, int end, float largest) throws Throwable {
        FloatVector most = FloatVector.broadcast(VectorMemory.SPECIES, largest);
        // 2^x for smaller x would need other bits than those of ordinary numbers. Beside 1, it is nothing.
        IntVector least = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Float.floatToRawIntBits(126));
        FloatVector rounding = FloatVector.broadcast(VectorMemory.SPECIES, 12582912);
        FloatVector one = FloatVector.broadcast(VectorMemory.SPECIES, 1);
        FloatVector a1 = FloatVector.broadcast(VectorMemory.SPECIES, A1);
        FloatVector a2 = FloatVector.broadcast(VectorMemory.SPECIES, A2);
        FloatVector a3 = FloatVector.broadcast(VectorMemory.SPECIES, A3);
        FloatVector a4 = FloatVector.broadcast(VectorMemory.SPECIES, A4);
        FloatVector a5 = FloatVector.broadcast(VectorMemory.SPECIES, A5);
        FloatVector a6 = FloatVector.broadcast(VectorMemory.SPECIES, A6);
        for (int at = from; at < end; at += BYTES) {
            // Bits of positive numbers are in these numbers' order: their least of integers takes one instruction.
            FloatVector y = most.sub((FloatVector) LOAD.invokeExact(xs, at))
                    .reinterpretAsInts()
                    .min(least)
                    .reinterpretAsFloats()
                    .neg();
            // Adding and subtracting 1.5·2^23 rounds to an integer, which is also in the low bits of the sum.
            FloatVector rounded = y.add(rounding);
            FloatVector f = y.sub(rounded.sub(rounding));
            FloatVector series = f.fma(a6, a5);
            series = series.fma(f, a4);
            series = series.fma(f, a3);
            series = series.fma(f, a2);
            series = series.fma(f, a1);
            series = series.fma(f, one);
            IntVector k = rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
            STORE.invokeExact(series.reinterpretAsInts().add(k).reinterpretAsFloats(), xs, at);
        }
    }

    static void scaleRows(
            ByteBuffer x, int xColumns, ByteBuffer y, int yOffset, int yColumns, int rows, int columns, float[] factors)
            throws Throwable {
        Object xs = VectorMemory.of(x);
        Object ys = VectorMemory.of(y);
        int whole = columns / LANES * LANES;
        for (int row = 0; row < rows; row++) {
            int from = 4 * row * xColumns;
            int to = yOffset + 4 * row * yColumns;
            FloatVector factor = FloatVector.broadcast(VectorMemory.SPECIES, factors[row]);
            for (int at = 0; at < 4 * whole; at += BYTES) {
                STORE.invokeExact(((FloatVector) LOAD.invokeExact(xs, from + at)).mul(factor), ys, to + at);
            }
            PlainSoftmax.scaleRow(x, from, y, to, whole, columns, factors[row]);
        }
    }
}
