package org.diffusion4j.kernels;

import static org.diffusion4j.kernels.VectorMemory.LOAD;
import static org.diffusion4j.kernels.VectorMemory.STORE;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.diffusion4j.kernels.Kernels.Activation;
import org.diffusion4j.kernels.VectorExp.Function;

/** The loops of group norm, by the widest vectors. */
final class VectorNorms {
    private static final VectorSpecies<Float> SPECIES = VectorMemory.SPECIES;
    private static final int LANES = SPECIES.length();
    private static final int BYTES = 4 * LANES;

    private VectorNorms() {}

    static void columnSums(ByteBuffer x, int offset, int rows, int columns, float[] sums, float[] squares)
            throws Throwable {
        Object xs = VectorMemory.of(x);
        int whole = columns / LANES * LANES;
        int column = 0;
        // This adds two vectors at a time, since the additions of a single one would have to wait for each other.
        for (; column + 2 * LANES <= whole; column += 2 * LANES) {
            int at = offset + 4 * column;
            FloatVector firstA = (FloatVector) LOAD.invokeExact(xs, at);
            FloatVector firstB = (FloatVector) LOAD.invokeExact(xs, at + BYTES);
            FloatVector sumA = FloatVector.zero(SPECIES);
            FloatVector sumB = sumA;
            FloatVector squareA = sumA;
            FloatVector squareB = sumA;
            for (int row = 0; row < rows; row++, at += 4 * columns) {
                FloatVector a = ((FloatVector) LOAD.invokeExact(xs, at)).sub(firstA);
                FloatVector b = ((FloatVector) LOAD.invokeExact(xs, at + BYTES)).sub(firstB);
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
            FloatVector first = (FloatVector) LOAD.invokeExact(xs, at);
            FloatVector sum = FloatVector.zero(SPECIES);
            FloatVector square = sum;
            for (int row = 0; row < rows; row++, at += 4 * columns) {
                FloatVector a = ((FloatVector) LOAD.invokeExact(xs, at)).sub(first);
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

    static void affine(
            ByteBuffer x,
            int xOffset,
            ByteBuffer y,
            int yOffset,
            int rows,
            int columns,
            float[] scale,
            float[] shift,
            Activation activation)
            throws Throwable {
        Object xs = VectorMemory.of(x);
        Object ys = VectorMemory.of(y);
        int whole = columns / LANES * LANES;
        switch (activation) {
            case NONE -> affine(xs, xOffset, ys, yOffset, rows, columns, whole, scale, shift, Float.NEGATIVE_INFINITY);
            case SILU -> silu(x, xOffset / 4, y, yOffset / 4, rows, columns, whole, scale, shift);
            case RELU -> affine(xs, xOffset, ys, yOffset, rows, columns, whole, scale, shift, 0);
        }
        if (whole < columns) {
            PlainKernels.affine(x, xOffset, y, yOffset, rows, columns, whole, scale, shift, activation);
        }
    }

    /** Whole rows if several fit into the near memory, with the columns of which {@link PlainKernels} makes the results afterwards. */
    private static void silu(
            ByteBuffer x,
            int xAt,
            ByteBuffer y,
            int yAt,
            int rows,
            int columns,
            int whole,
            float[] scale,
            float[] shift) {
        FloatBuffer from = VectorMemory.floats(x);
        FloatBuffer to = VectorMemory.floats(y);
        float[] near = Scratch.ofThread().first;
        int rowsAtOnce = Math.max(1, Scratch.LENGTH / columns);
        int columnsAtOnce = Math.min(whole, Scratch.LENGTH);
        for (int row = 0; row < rows && whole > 0; row += rowsAtOnce) {
            int height = Math.min(rowsAtOnce, rows - row);
            for (int column = 0; column < whole; column += columnsAtOnce) {
                int width = Math.min(columnsAtOnce, whole - column);
                int at = row * columns + column;
                int count = (height - 1) * columns + width;
                from.get(xAt + at, near, 0, count);
                VectorExp.run(Function.SILU, near, height, columns, width, scale, shift, column);
                to.put(yAt + at, near, 0, count);
            }
        }
    }

    /** Results below the least are the least. */
    private static void affine(
            Object x,
            int xAt,
            Object y,
            int yAt,
            int rows,
            int columns,
            int whole,
            float[] scale,
            float[] shift,
            float least)
            throws Throwable {
        for (int row = 0; row < rows; row++) {
            int at = 4 * row * columns;
            for (int column = 0; column < whole; column += LANES, at += BYTES) {
                FloatVector value = ((FloatVector) LOAD.invokeExact(x, xAt + at))
                        .fma(
                                FloatVector.fromArray(SPECIES, scale, column),
                                FloatVector.fromArray(SPECIES, shift, column));
                STORE.invokeExact(value.max(least), y, yAt + at);
            }
        }
    }

    static void gradientSums(
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
            float[] products)
            throws Throwable {
        Object xs = VectorMemory.of(x);
        Object dys = VectorMemory.of(dy);
        Object dzs = VectorMemory.of(dz);
        FloatBuffer from = VectorMemory.floats(x);
        float[] slopes = activation == Activation.SILU ? Scratch.ofThread().first : VectorExp.ONES;
        Object gradients = activation == Activation.RELU ? dzs : dys;
        int whole = columns / LANES * LANES;
        Arrays.fill(sums, 0, whole, 0);
        Arrays.fill(products, 0, whole, 0);
        int rowsAtOnce = Math.max(1, Scratch.LENGTH / columns);
        int columnsAtOnce = Math.min(whole, Scratch.LENGTH);
        for (int row = 0; row < rows && whole > 0; row += rowsAtOnce) {
            int height = Math.min(rowsAtOnce, rows - row);
            for (int column = 0; column < whole; column += columnsAtOnce) {
                int width = Math.min(columnsAtOnce, whole - column);
                int at = offset + 4 * (row * columns + column);
                switch (activation) {
                    case NONE -> {}
                    case SILU -> {
                        from.get(at / 4, slopes, 0, (height - 1) * columns + width);
                        VectorExp.run(Function.SILU_SLOPE, slopes, height, columns, width, scale, shift, column);
                    }
                    case RELU -> reluGradients(xs, dys, dzs, at, height, columns, column, width, scale, shift);
                }
                gradients(xs, gradients, slopes, dzs, at, height, columns, column, width, center, sums, products);
            }
        }
        if (whole < columns) {
            PlainKernels.normGradientSums(
                    x, dy, dz, offset, rows, columns, whole, scale, shift, center, activation, sums, products);
        }
    }

    private static void reluGradients(
            Object x,
            Object dy,
            Object dz,
            int from,
            int height,
            int columns,
            int column,
            int width,
            float[] scale,
            float[] shift)
            throws Throwable {
        for (int row = 0; row < height; row++) {
            int at = from + 4 * row * columns;
            for (int i = column; i < column + width; i += LANES, at += BYTES) {
                FloatVector z = ((FloatVector) LOAD.invokeExact(x, at))
                        .fma(FloatVector.fromArray(SPECIES, scale, i), FloatVector.fromArray(SPECIES, shift, i));
                FloatVector gradient = (FloatVector) LOAD.invokeExact(dy, at);
                STORE.invokeExact(gradient.blend(0, z.compare(VectorOperators.LE, 0)), dz, at);
            }
        }
    }

    /** Columns come first here, since their sums stay in registers; the rows are few enough to stay in the nearest cache. */
    private static void gradients(
            Object x,
            Object dy,
            float[] slopes,
            Object dz,
            int from,
            int height,
            int columns,
            int column,
            int width,
            float[] center,
            float[] sums,
            float[] products)
            throws Throwable {
        for (int i = column; i < column + width; i += LANES) {
            FloatVector centers = FloatVector.fromArray(SPECIES, center, i);
            FloatVector sum = FloatVector.fromArray(SPECIES, sums, i);
            FloatVector product = FloatVector.fromArray(SPECIES, products, i);
            int at = from + 4 * (i - column);
            int near = i - column;
            for (int row = 0; row < height; row++, at += 4 * columns, near += columns) {
                FloatVector gradient =
                        ((FloatVector) LOAD.invokeExact(dy, at)).mul(FloatVector.fromArray(SPECIES, slopes, near));
                STORE.invokeExact(gradient, dz, at);
                sum = sum.add(gradient);
                product = gradient.fma(((FloatVector) LOAD.invokeExact(x, at)).sub(centers), product);
            }
            sum.intoArray(sums, i);
            product.intoArray(products, i);
        }
    }

    static void gradient(
            ByteBuffer dz,
            ByteBuffer x,
            ByteBuffer other,
            ByteBuffer dx,
            int offset,
            int rows,
            int columns,
            float[] a,
            float[] b,
            float[] c)
            throws Throwable {
        Object dzs = VectorMemory.of(dz);
        Object xs = VectorMemory.of(x);
        Object others = VectorMemory.of(other);
        Object dxs = VectorMemory.of(dx);
        int whole = columns / LANES * LANES;
        for (int row = 0; row < rows; row++) {
            int at = offset + 4 * row * columns;
            for (int column = 0; column < whole; column += LANES, at += BYTES) {
                FloatVector value = ((FloatVector) LOAD.invokeExact(xs, at))
                        .fma(FloatVector.fromArray(SPECIES, b, column), FloatVector.fromArray(SPECIES, c, column));
                value = ((FloatVector) LOAD.invokeExact(dzs, at)).fma(FloatVector.fromArray(SPECIES, a, column), value);
                if (other != null) {
                    value = value.add((FloatVector) LOAD.invokeExact(others, at));
                }
                STORE.invokeExact(value, dxs, at);
            }
        }
        if (whole < columns) {
            PlainKernels.normGradient(dz, x, other, dx, offset, rows, columns, whole, a, b, c);
        }
    }
}
