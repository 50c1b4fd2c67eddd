package org.diffusion4j.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** The loops of this JVM, on Java 17 by vectors, against the plain ones, and these against the formula. */
class KernelsTest {
    private final Kernels plain = new PlainKernels();
    private final Kernels vectors = Kernels.best();

    private static ByteBuffer random(int length, double scale) {
        ByteBuffer bytes = empty(length);
        Random random = new Random(length);
        for (int i = 0; i < length; i++) {
            bytes.putFloat(4 * i, (float) (random.nextGaussian() * scale));
        }
        return bytes;
    }

    private static ByteBuffer empty(int length) {
        return ByteBuffer.allocateDirect(4 * length).order(ByteOrder.nativeOrder());
    }

    private static void assertClose(ByteBuffer expected, ByteBuffer found, int length, double tolerance) {
        for (int i = 0; i < length; i++) {
            float e = expected.getFloat(4 * i);
            assertEquals(e, found.getFloat(4 * i), tolerance * Math.max(1, Math.abs(e)), "element " + i);
        }
    }

    @Test
    @EnabledForJreRange(max = JRE.JAVA_18)
    void thisJvmHasVectors() {
        assertInstanceOf(VectorKernels.class, Kernels.best());
    }

    @Test
    void columnSumsAreLessTheFirstRow() {
        for (int columns : new int[] {1, 15, 16, 33, 64, 100}) {
            int rows = 37;
            ByteBuffer x = random(rows * columns, 1);
            float[] sums = new float[columns];
            float[] squares = new float[columns];
            float[] vectorSums = new float[columns];
            float[] vectorSquares = new float[columns];
            plain.columnSums(x, 0, rows, columns, sums, squares);
            vectors.columnSums(x, 0, rows, columns, vectorSums, vectorSquares);
            for (int c = 0; c < columns; c++) {
                double sum = 0;
                for (int row = 0; row < rows; row++) {
                    sum += x.getFloat(4 * (row * columns + c)) - x.getFloat(4 * c);
                }
                assertEquals(sum, sums[c], 1e-4);
                assertEquals(sums[c], vectorSums[c], 1e-4);
                assertEquals(squares[c], vectorSquares[c], 1e-3);
            }
        }
    }

    @Test
    void affineHasEachActivation() {
        int rows = 5;
        int columns = 37;
        ByteBuffer x = random(rows * columns, 30);
        float[] scale = new float[columns];
        float[] shift = new float[columns];
        for (int c = 0; c < columns; c++) {
            scale[c] = 0.5f + c % 3;
            shift[c] = c % 5 - 2;
        }
        for (Kernels.Activation activation : Kernels.Activation.values()) {
            ByteBuffer expected = empty(rows * columns);
            ByteBuffer found = empty(rows * columns);
            plain.affine(x, 0, expected, 0, rows, columns, scale, shift, activation);
            vectors.affine(x, 0, found, 0, rows, columns, scale, shift, activation);
            assertClose(expected, found, rows * columns, 3e-7);
        }
        ByteBuffer y = empty(rows * columns);
        plain.affine(x, 0, y, 0, rows, columns, scale, shift, Kernels.Activation.SILU);
        double value = x.getFloat(0) * 0.5 - 2;
        assertEquals(value / (1 + Math.exp(-value)), y.getFloat(0), 1e-5);
    }

    @Test
    void siluIsRightFromFarBelowToFarAboveZero() {
        int length = 4001;
        ByteBuffer x = empty(length);
        for (int i = 0; i < length; i++) {
            x.putFloat(4 * i, (i - 2000) / 20f);
        }
        ByteBuffer expected = empty(length);
        ByteBuffer found = empty(length);
        plain.silu(x, expected, length);
        vectors.silu(x, found, length);
        assertClose(expected, found, length, 3e-7);
        for (int i = 0; i < length; i++) {
            double v = (i - 2000) / 20.0;
            assertEquals(v / (1 + Math.exp(-v)), found.getFloat(4 * i), 3e-7 * Math.max(1, Math.abs(v)));
        }
    }

    @Test
    void additionCopyAndUpsamplingMoveEveryElement() {
        ByteBuffer a = random(70, 1);
        ByteBuffer b = random(71, 1);
        ByteBuffer expected = empty(70);
        ByteBuffer found = empty(70);
        plain.add(a, b, expected, 70);
        vectors.add(a, b, found, 70);
        assertClose(expected, found, 70, 0);

        for (int columns : new int[] {3, 16, 35}) {
            ByteBuffer x = random(2 * 3 * columns, 1);
            ByteBuffer wide = empty(6 * (columns + 5));
            ByteBuffer alike = empty(6 * (columns + 5));
            plain.copyColumns(x, 0, wide, 8, 6, columns, columns + 5);
            vectors.copyColumns(x, 0, alike, 8, 6, columns, columns + 5);
            assertClose(wide, alike, 6 * (columns + 5), 0);
            assertEquals(x.getFloat(4 * columns), wide.getFloat(4 * (columns + 5) + 8));

            ByteBuffer large = empty(4 * 6 * columns);
            ByteBuffer same = empty(4 * 6 * columns);
            plain.upsampleNearest(x, 0, large, 0, 2, 3, columns);
            vectors.upsampleNearest(x, 0, same, 0, 2, 3, columns);
            assertClose(large, same, 4 * 6 * columns, 0);
            assertEquals(x.getFloat(4 * 5 * columns), large.getFloat(4 * (3 * 6 + 5) * columns));
        }
    }
}
