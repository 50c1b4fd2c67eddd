package org.diffusion4j.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The loops by vectors against the plain ones, and these against the formula. */
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

    /** On every Java that has the module. */
    @Test
    void thisJvmHasVectors() {
        assertInstanceOf(VectorKernels.class, Kernels.best());
    }

    /** Java 17's vector API takes buffers and absolute offsets, a later one's segments begin where the buffer stands. */
    @Test
    void offsetsCountFromABuffersBeginning() {
        ByteBuffer x = random(100, 1);
        ByteBuffer expected = empty(100);
        ByteBuffer found = empty(100);
        plain.silu(x, expected, 100);
        vectors.silu(x.duplicate().order(ByteOrder.nativeOrder()).position(64), found.position(32), 100);
        assertClose(expected, found, 100, 3e-7);
    }

    @Test
    void readingOrWritingBehindABufferIsRefused() {
        ByteBuffer small = empty(64);
        ByteBuffer large = empty(128);
        assertThrows(IndexOutOfBoundsException.class, () -> vectors.silu(small, large, 128));
        assertThrows(IndexOutOfBoundsException.class, () -> vectors.silu(large, small, 128));
    }

    /** In pieces of 5, 64 and 100 columns, the first of them much larger or smaller than the others; some are hidden by -∞. */
    @Test
    void aSoftmaxInPiecesIsTheWholeOne() {
        int rows = 19;
        for (Kernels kernels : List.of(plain, vectors)) {
            for (double shift : new double[] {0, 300, -300}) {
                float[] largest = new float[rows];
                float[] sums = new float[rows];
                float[] shrink = new float[rows];
                double[] expectedSums = new double[rows];
                Arrays.fill(largest, -Float.MAX_VALUE);
                for (int columns : new int[] {5, 64, 100}) {
                    ByteBuffer x = random(rows * columns, 3);
                    x.putFloat(4 * columns, Float.NEGATIVE_INFINITY);
                    if (columns == 5) {
                        for (int i = 0; i < rows * columns; i++) {
                            x.putFloat(4 * i, (float) (x.getFloat(4 * i) + shift));
                        }
                    }
                    ByteBuffer powers = empty(rows * columns);
                    powers.duplicate().put(x.duplicate());
                    kernels.softmaxPiece(powers, rows, columns, largest, sums, shrink);
                    for (int row = 0; row < rows; row++) {
                        expectedSums[row] *= shrink[row];
                        for (int column = 0; column < columns; column++) {
                            int at = 4 * (row * columns + column);
                            double power = Math.pow(2, x.getFloat(at) - largest[row]);
                            expectedSums[row] += power;
                            assertEquals(power, powers.getFloat(at), 1e-6 * power + 1e-37);
                        }
                        assertEquals(expectedSums[row], sums[row], 1e-5 * expectedSums[row]);
                    }
                }
            }
        }
    }

    @Test
    void rowsAreAddedUp() {
        int rows = 3;
        for (int columns : new int[] {1, 16, 31, 32, 100}) {
            ByteBuffer x = random(rows * columns, 5);
            for (Kernels kernels : List.of(plain, vectors)) {
                float[] sums = {1, -2, 0};
                double[] expected = {1, -2, 0};
                kernels.addRows(x, rows, columns, sums);
                for (int row = 0; row < rows; row++) {
                    for (int column = 0; column < columns; column++) {
                        expected[row] += x.getFloat(4 * (row * columns + column));
                    }
                    assertEquals(expected[row], sums[row], 1e-6 * columns);
                }
            }
        }
    }

    @Test
    void rowsAreScaledWithinWiderOnes() {
        int rows = 7;
        ByteBuffer x = random(rows * 48, 1);
        float[] factors = {1, -2, 0.5f, 0, 3, 4, 5};
        for (int columns : new int[] {1, 16, 40, 48}) {
            for (Kernels kernels : List.of(plain, vectors)) {
                ByteBuffer y = empty(8 + rows * 50);
                kernels.scaleRows(x, 48, y, 32, 50, rows, columns, factors);
                for (int row = 0; row < rows; row++) {
                    for (int column = 0; column < 50; column++) {
                        float expected = column < columns ? factors[row] * x.getFloat(4 * (row * 48 + column)) : 0;
                        assertEquals(expected, y.getFloat(32 + 4 * (row * 50 + column)));
                    }
                }
            }
        }
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

    /** Where ReLU is flat even an infinite gradient ends, as in PyTorch: a product with 0 would not be a number. */
    @Test
    void relusGradientIsZeroWhereItIsFlat() {
        int columns = 32;
        float[] ones = new float[columns];
        Arrays.fill(ones, 1);
        for (Kernels kernels : List.of(plain, vectors)) {
            ByteBuffer x = empty(columns);
            ByteBuffer dy = empty(columns);
            for (int c = 0; c < columns; c++) {
                x.putFloat(4 * c, c % 2 == 0 ? -1 : 1);
                dy.putFloat(4 * c, c % 2 == 0 ? Float.POSITIVE_INFINITY : c);
            }
            ByteBuffer dz = empty(columns);
            float[] zeros = new float[columns];
            float[] sums = new float[columns];
            kernels.normGradientSums(
                    x, dy, dz, 0, 1, columns, ones, zeros, zeros, Kernels.Activation.RELU, sums, new float[columns]);
            for (int c = 0; c < columns; c++) {
                assertEquals(c % 2 == 0 ? 0 : c, dz.getFloat(4 * c));
                assertEquals(c % 2 == 0 ? 0 : c, sums[c]);
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

    /** Φ by its series around 0, whose terms all have one sign. */
    private static double normal(double x) {
        double term = x;
        double sum = x;
        for (int n = 3; Math.abs(term) > 1e-18 * Math.abs(sum); n += 2) {
            term *= x * x / n;
            sum += term;
        }
        return 0.5 + sum * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    }

    private static double gelu(Kernels.Gelu form, double x) {
        return x
                * switch (form) {
                    case ERF -> normal(x);
                    case TANH -> 0.5 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
                    case QUICK -> 1 / (1 + Math.exp(-1.702 * x));
                };
    }

    private static double geluSlope(Kernels.Gelu form, double x) {
        return (gelu(form, x + 1e-4) - gelu(form, x - 1e-4)) / 2e-4;
    }

    @Test
    void eachGeluAndItsGradientAreTheFormulas() {
        int length = 2401;
        ByteBuffer x = empty(length);
        for (int i = 0; i < length; i++) {
            x.putFloat(4 * i, (i - 1200) / 100f);
        }
        ByteBuffer dy = random(length, 1);
        for (Kernels.Gelu form : Kernels.Gelu.values()) {
            for (Kernels kernels : new Kernels[] {plain, vectors}) {
                ByteBuffer y = empty(length);
                ByteBuffer dx = empty(length);
                kernels.gelu(form, x, y, length);
                kernels.geluGradient(form, x, dy, dx, length);
                for (int i = 0; i < length; i++) {
                    float v = x.getFloat(4 * i);
                    assertEquals(gelu(form, v), y.getFloat(4 * i), 2e-7 * Math.max(2, Math.abs(v)), form + " of " + v);
                    float gradient = dy.getFloat(4 * i);
                    double tolerance = 2e-6 * Math.max(1, Math.abs(gradient));
                    assertEquals(gradient * geluSlope(form, v), dx.getFloat(4 * i), tolerance, form + " at " + v);
                }
            }
        }
    }

    @Test
    void gatesMultiplyTheirValues() {
        int rows = 3;
        for (int columns : new int[] {1, 16, 37}) {
            ByteBuffer x = random(2 * rows * columns, 2);
            ByteBuffer dy = random(rows * columns, 1);
            for (Kernels.Gelu form : Kernels.Gelu.values()) {
                for (Kernels kernels : new Kernels[] {plain, vectors}) {
                    ByteBuffer y = empty(rows * columns);
                    ByteBuffer dx = empty(2 * rows * columns);
                    kernels.gatedGelu(form, x, y, rows, columns);
                    kernels.gatedGeluGradient(form, x, dy, dx, rows, columns);
                    for (int i = 0; i < rows * columns; i++) {
                        int at = 4 * (i / columns * 2 * columns + i % columns);
                        double value = x.getFloat(at);
                        double gate = x.getFloat(at + 4 * columns);
                        double gradient = dy.getFloat(4 * i);
                        assertEquals(value * gelu(form, gate), y.getFloat(4 * i), 5e-6);
                        assertEquals(gradient * gelu(form, gate), dx.getFloat(at), 5e-6);
                        assertEquals(gradient * value * geluSlope(form, gate), dx.getFloat(at + 4 * columns), 2e-5);
                    }
                }
            }
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
            plain.copyColumns(x, 0, columns, wide, 8, columns + 5, 6, columns);
            vectors.copyColumns(x, 0, columns, alike, 8, columns + 5, 6, columns);
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

    private static float[] floats(int length, long seed) {
        Random random = new Random(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Against the slope by differences, and the sums by the formula. */
    @Test
    void normGradientSumsHaveEachActivation() {
        int rows = 7;
        for (int columns : new int[] {1, 16, 37}) {
            int length = rows * columns;
            ByteBuffer x = random(length, 3);
            ByteBuffer dy = random(length + 1, 1);
            float[] scale = floats(columns, 1);
            float[] shift = floats(columns, 2);
            float[] center = floats(columns, 3);
            for (Kernels.Activation activation : Kernels.Activation.values()) {
                for (Kernels kernels : new Kernels[] {plain, vectors}) {
                    ByteBuffer dz = empty(length);
                    float[] sums = new float[columns];
                    float[] products = new float[columns];
                    kernels.normGradientSums(
                            x, dy, dz, 0, rows, columns, scale, shift, center, activation, sums, products);
                    for (int c = 0; c < columns; c++) {
                        double sum = 0;
                        double product = 0;
                        for (int row = 0; row < rows; row++) {
                            int at = 4 * (row * columns + c);
                            double z = x.getFloat(at) * (double) scale[c] + shift[c];
                            double slope = (value(activation, z + 1e-6) - value(activation, z - 1e-6)) / 2e-6;
                            assertEquals(dy.getFloat(at) * slope, dz.getFloat(at), 1e-5);
                            sum += dy.getFloat(at) * slope;
                            product += dy.getFloat(at) * slope * (x.getFloat(at) - center[c]);
                        }
                        assertEquals(sum, sums[c], 1e-4);
                        assertEquals(product, products[c], 1e-3);
                    }
                }
            }
        }
    }

    private static double value(Kernels.Activation activation, double z) {
        return switch (activation) {
            case NONE -> z;
            case SILU -> z / (1 + Math.exp(-z));
            case RELU -> Math.max(z, 0);
        };
    }

    @Test
    void normGradientAddsAnotherOne() {
        int rows = 3;
        for (int columns : new int[] {5, 16, 37}) {
            int length = rows * columns;
            ByteBuffer dz = random(length, 1);
            ByteBuffer x = random(length + 1, 1);
            ByteBuffer other = random(length + 2, 1);
            float[] a = floats(columns, 1);
            float[] b = floats(columns, 2);
            float[] c = floats(columns, 3);
            for (Kernels kernels : new Kernels[] {plain, vectors}) {
                ByteBuffer alone = empty(length);
                ByteBuffer both = empty(length);
                kernels.normGradient(dz, x, null, alone, 0, rows, columns, a, b, c);
                kernels.normGradient(dz, x, other, both, 0, rows, columns, a, b, c);
                for (int i = 0; i < length; i++) {
                    int k = i % columns;
                    float expected = dz.getFloat(4 * i) * a[k] + x.getFloat(4 * i) * b[k] + c[k];
                    assertEquals(expected, alone.getFloat(4 * i), 1e-5);
                    assertEquals(expected + other.getFloat(4 * i), both.getFloat(4 * i), 1e-5);
                }
            }
        }
    }

    @Test
    void gradientsOfSiluAndUpsamplingAreThoseOfTheFormula() {
        for (int columns : new int[] {3, 16, 37}) {
            ByteBuffer dy = random(4 * 6 * columns, 1);
            ByteBuffer x = random(4 * 6 * columns + 1, 2);
            for (Kernels kernels : new Kernels[] {plain, vectors}) {
                ByteBuffer dx = empty(6 * columns);
                kernels.upsampleNearestGradient(dy, 0, dx, 0, 2, 3, columns);
                for (int i = 0; i < 6 * columns; i++) {
                    int row = i / columns / 3;
                    int column = i / columns % 3;
                    int pixel = 4 * row * 3 + 2 * column;
                    int channel = i % columns;
                    float expected = 0;
                    for (int offset : new int[] {0, 1, 6, 7}) {
                        expected += dy.getFloat(4 * ((pixel + offset) * columns + channel));
                    }
                    assertEquals(expected, dx.getFloat(4 * i), 1e-5);
                }
                ByteBuffer silu = empty(6 * columns);
                kernels.siluGradient(x, dy, silu, 6 * columns);
                for (int i = 0; i < 6 * columns; i++) {
                    double z = x.getFloat(4 * i);
                    double slope = (value(Kernels.Activation.SILU, z + 1e-6) - value(Kernels.Activation.SILU, z - 1e-6))
                            / 2e-6;
                    assertEquals(dy.getFloat(4 * i) * slope, silu.getFloat(4 * i), 1e-5);
                }
            }
        }
    }

    @Test
    void adamWIsThatOfThePaper() {
        int length = 2500;
        Kernels.AdamWStep step = new Kernels.AdamWStep(0.5f, 0.99f, 0.9f, 0.999f, 0.01f, 3f, 1e-3f, 0.25f);
        for (Kernels kernels : new Kernels[] {plain, vectors}) {
            ByteBuffer p = random(length, 1);
            ByteBuffer g = random(length + 1, 1);
            ByteBuffer m = random(length + 2, 1);
            ByteBuffer v = random(length + 3, 1);
            for (int i = 0; i < length; i++) {
                v.putFloat(4 * i, Math.abs(v.getFloat(4 * i)));
            }
            ByteBuffer average = random(length + 4, 1);
            kernels.adamW(p, g, m, v, average, 2, length - 1, step);
            for (int i = 2; i < length - 1; i++) {
                double gradient = 0.5 * random(length + 1, 1).getFloat(4 * i);
                double first = 0.9 * random(length + 2, 1).getFloat(4 * i) + 0.1 * gradient;
                double second = 0.999 * Math.abs(random(length + 3, 1).getFloat(4 * i)) + 0.001 * gradient * gradient;
                double parameter =
                        0.99 * random(length, 1).getFloat(4 * i) - 0.01 * first / (Math.sqrt(second) * 3 + 1e-3);
                assertEquals(first, m.getFloat(4 * i), 1e-6);
                assertEquals(second, v.getFloat(4 * i), 1e-6);
                assertEquals(parameter, p.getFloat(4 * i), 1e-6);
                double before = random(length + 4, 1).getFloat(4 * i);
                assertEquals(before + 0.25 * (parameter - before), average.getFloat(4 * i), 1e-6);
                assertEquals(0, g.getFloat(4 * i));
            }
            assertEquals(random(length, 1).getFloat(4), p.getFloat(4), "in front of the first");
            assertEquals(random(length, 1).getFloat(4 * length - 4), p.getFloat(4 * length - 4), "behind the last");
        }
    }

    @Test
    void sumOfSquaresKeepsSmallOnesBesideLargeOnes() {
        int length = 5000;
        ByteBuffer x = random(length, 1);
        x.putFloat(0, 1000);
        double expected = 0;
        for (int i = 3; i < length - 1; i++) {
            expected += (double) x.getFloat(4 * i) * x.getFloat(4 * i);
        }
        assertEquals(expected, plain.sumOfSquares(x, 3, length - 1), 1e-9 * expected);
        assertEquals(expected, vectors.sumOfSquares(x, 3, length - 1), 1e-5 * expected);
    }

    /** By both kernels, in two blocks of rows: the convolution itself, of sizes that no tile fits. */
    @Test
    void winogradsTransformsMakeAConvolution() {
        convolve(16, 32, WinogradForm.PLAIN, new int[][] {{8, 12}, {4, 4}, {7, 9}, {1, 2}, {5, 6}});
        convolve(80, 144, WinogradForm.PLAIN, new int[][] {{7, 9}}); // more channels than the transforms take at a time
    }

    /** The same for a doubled image. */
    @Test
    void theTransformsOfADoubledImageMakeAConvolution() {
        convolve(16, 32, WinogradForm.UPSAMPLED, new int[][] {{8, 12}, {4, 4}, {6, 10}, {2, 2}});
        convolve(80, 144, WinogradForm.UPSAMPLED, new int[][] {{6, 10}});
    }

    @Test
    void theTransformsOfSmallTilesMakeAConvolution() {
        convolve(16, 32, WinogradForm.SMALL, new int[][] {{8, 12}, {4, 4}, {7, 9}, {1, 2}, {5, 6}});
        convolve(80, 144, WinogradForm.SMALL, new int[][] {{7, 9}});
    }

    private void convolve(int in, int out, WinogradForm form, int[][] sizes) {
        ByteBuffer weight = random(out * in * 9, 0.1);
        ByteBuffer bias = random(out, 1);
        for (int[] size : sizes) {
            int height = size[0];
            int width = size[1];
            int shift = form == WinogradForm.UPSAMPLED ? 1 : 0; // from a pixel's place to its place in x
            ByteBuffer x = random((height >> shift) * (width >> shift) * in, 1);
            ByteBuffer residual = random(height * width * out + 1, 1);
            for (Kernels kernels : new Kernels[] {plain, vectors}) {
                for (ByteBuffer other : new ByteBuffer[] {null, residual}) {
                    ByteBuffer y = winograd(kernels, form, x, height, width, in, weight, out, bias, other);
                    for (int i = 0; i < height * width * out; i++) {
                        double expected = bias.getFloat(4 * (i % out)) + (other == null ? 0 : other.getFloat(4 * i));
                        for (int k = 0; k < 9 * in; k++) {
                            int row = i / out / width - 1 + k % 9 / 3;
                            int column = i / out % width - 1 + k % 3;
                            if (row >= 0 && row < height && column >= 0 && column < width) {
                                int at = (row >> shift) * (width >> shift) + (column >> shift);
                                expected += (double) x.getFloat(4 * (at * in + k / 9))
                                        * weight.getFloat(4 * (i % out * in * 9 + k));
                            }
                        }
                        assertEquals(expected, y.getFloat(4 * i), 1e-5 * in / 16, "element " + i);
                    }
                }
            }
        }
    }

    /** The number that each of the 25 products of a doubled image is of. */
    private static int number(int product) {
        if (product < 16) {
            return product;
        } else if (product < 20) {
            return product - 8;
        }
        return product < 24 ? 4 * (product - 20) + 2 : 10;
    }

    private static ByteBuffer winograd(
            Kernels kernels,
            WinogradForm form,
            ByteBuffer x,
            int height,
            int width,
            int in,
            ByteBuffer weight,
            int out,
            ByteBuffer bias,
            ByteBuffer residual) {
        int products = form.products();
        ByteBuffer u = empty(products * in * out);
        kernels.winogradWeight(form, weight, out, in, false, u);
        int across = (width + form.side() - 1) / form.side();
        int down = (height + form.side() - 1) / form.side();
        int tiles = (down + 1) * across + 1; // the first is left free
        int plane = tiles * in + 16;
        int planeOut = tiles * out;
        ByteBuffer v = empty(36 * plane);
        ByteBuffer m = empty(products * planeOut);
        ByteBuffer y = empty(height * width * out);
        int half = (down + 1) / 2;
        for (int from = 0; from < down; from += half) {
            int to = Math.min(down, from + half);
            int doubled = form == WinogradForm.UPSAMPLED ? 2 : 1;
            TileRows ofX = new TileRows(height / doubled, width / doubled, in, from, to, 1, plane);
            kernels.winogradInput(form, x, 0, ofX, v);
            for (int n = 0; n < products; n++) {
                int number = form == WinogradForm.UPSAMPLED ? number(n) : n;
                for (int t = 1; t <= (to - from) * across; t++) {
                    for (int o = 0; o < out; o++) {
                        double sum = 0;
                        for (int i = 0; i < in; i++) {
                            sum += (double) v.getFloat(4 * (number * plane + t * in + i))
                                    * u.getFloat(4 * ((n * in + i) * out + o));
                        }
                        m.putFloat(4 * (n * planeOut + t * out + o), (float) sum);
                    }
                }
            }
            TileRows ofY = new TileRows(height, width, out, from, to, 1, planeOut);
            kernels.winogradOutput(form, m, ofY, bias, residual, y, 0);
        }
        return y;
    }

    @Test
    void winogradsTransformsMakeAConvolutionsGradient() {
        ofWeight(16, 32, new int[][] {{8, 12}, {4, 4}, {7, 9}, {1, 2}, {5, 6}});
        ofWeight(80, 144, new int[][] {{7, 9}});
    }

    private void ofWeight(int in, int out, int[][] sizes) {
        for (int[] size : sizes) {
            int height = size[0];
            int width = size[1];
            ByteBuffer x = random(height * width * in, 1);
            ByteBuffer dy = random(height * width * out, 1);
            for (Kernels kernels : new Kernels[] {plain, vectors}) {
                ByteBuffer found = ofWeight(kernels, x, dy, height, width, in, out);
                for (int i = 0; i < out * in * 9; i++) {
                    double expected = 0;
                    for (int p = 0; p < height * width; p++) {
                        int row = p / width - 1 + i % 9 / 3;
                        int column = p % width - 1 + i % 3;
                        if (row >= 0 && row < height && column >= 0 && column < width) {
                            expected += (double) x.getFloat(4 * ((row * width + column) * in + i / 9 % in))
                                    * dy.getFloat(4 * (p * out + i / 9 / in));
                        }
                    }
                    assertEquals(expected, found.getFloat(4 * i), 1e-4, "element " + i);
                }
            }
        }
    }

    private static ByteBuffer ofWeight(
            Kernels kernels, ByteBuffer x, ByteBuffer dy, int height, int width, int in, int out) {
        int across = (width + 3) / 4;
        int down = (height + 3) / 4;
        int tiles = down * across + 1; // the first is left free
        int plane = tiles * in + 16;
        int planeOut = tiles * out;
        ByteBuffer v = empty(36 * plane);
        ByteBuffer u = empty(36 * planeOut);
        ByteBuffer m = empty(36 * in * out);
        ByteBuffer gradient = empty(9 * in * out);
        int half = (down + 1) / 2;
        for (int from = 0; from < down; from += half) {
            int to = Math.min(down, from + half);
            TileRows ofX = new TileRows(height, width, in, from, to, 1 + from * across, plane);
            TileRows ofDy = new TileRows(height, width, out, from, to, 1 + from * across, planeOut);
            kernels.winogradInput(WinogradForm.PLAIN, x, 0, ofX, v);
            kernels.winogradOutputGradient(dy, 0, ofDy, u);
        }
        for (int n = 0; n < 36; n++) {
            for (int o = 0; o < out; o++) {
                for (int i = 0; i < in; i++) {
                    double sum = 0;
                    for (int t = 1; t < tiles; t++) {
                        sum += (double) v.getFloat(4 * (n * plane + t * in + i))
                                * u.getFloat(4 * (n * planeOut + t * out + o));
                    }
                    m.putFloat(4 * ((n * out + o) * in + i), (float) sum);
                }
            }
        }
        kernels.winogradWeightGradient(m, out, in, gradient);
        return gradient;
    }

    /** The gradient's weight is the weight with in and out swapped, turned by 180°. */
    @Test
    void winogradsBackwardWeightIsTheForwardOneOfTheTurned() {
        int in = 16;
        int out = 32;
        ByteBuffer weight = random(out * in * 9, 1);
        ByteBuffer turned = empty(out * in * 9);
        for (int i = 0; i < out * in * 9; i++) {
            int o = i / 9 / in;
            int c = i / 9 % in;
            turned.putFloat(4 * ((c * out + o) * 9 + 8 - i % 9), weight.getFloat(4 * i));
        }
        ByteBuffer expected = empty(36 * in * out);
        ByteBuffer found = empty(36 * in * out);
        plain.winogradWeight(WinogradForm.PLAIN, turned, in, out, false, expected);
        vectors.winogradWeight(WinogradForm.PLAIN, weight, out, in, true, found);
        assertClose(expected, found, 36 * in * out, 0);
    }
}
