package org.diffusion4j.kernels;

import static org.diffusion4j.kernels.VectorMemory.LOAD;
import static org.diffusion4j.kernels.VectorMemory.STORE;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Loops that use the processor's widest vectors. */
final class VectorKernels implements Kernels {
    private static final VectorSpecies<Float> SPECIES = VectorMemory.SPECIES;
    private static final int LANES = SPECIES.length();
    private static final int BYTES = 4 * LANES;

    private static final Kernels PLAIN = new PlainKernels();

    @Override
    public void columnSums(ByteBuffer x, int offset, int rows, int columns, float[] sums, float[] squares) {
        try {
            VectorNorms.columnSums(x, offset, rows, columns, sums, squares);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void affine(
            ByteBuffer x,
            int xOffset,
            ByteBuffer y,
            int yOffset,
            int rows,
            int columns,
            float[] scale,
            float[] shift,
            Activation activation) {
        try {
            VectorNorms.affine(x, xOffset, y, yOffset, rows, columns, scale, shift, activation);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void add(ByteBuffer a, ByteBuffer b, ByteBuffer y, int length) {
        try {
            Object as = VectorMemory.of(a);
            Object bs = VectorMemory.of(b);
            Object ys = VectorMemory.of(y);
            int whole = length / LANES * LANES;
            for (int at = 0; at < 4 * whole; at += BYTES) {
                STORE.invokeExact(
                        ((FloatVector) LOAD.invokeExact(as, at)).add((FloatVector) LOAD.invokeExact(bs, at)), ys, at);
            }
            PlainKernels.add(a, b, y, whole, length);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void silu(ByteBuffer x, ByteBuffer y, int length) {
        try {
            VectorExp.silu(x, y, length);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void gelu(Gelu form, ByteBuffer x, ByteBuffer y, int length) {
        try {
            VectorGelu.gelu(form, x, y, length);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void geluGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length) {
        try {
            VectorGelu.geluGradient(form, x, dy, dx, length);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void gatedGelu(Gelu form, ByteBuffer x, ByteBuffer y, int rows, int columns) {
        try {
            VectorGelu.gated(form, x, y, rows, columns);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void gatedGeluGradient(Gelu form, ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int rows, int columns) {
        try {
            VectorGelu.gatedGradient(form, x, dy, dx, rows, columns);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void upsampleNearest(
            ByteBuffer x, int xOffset, ByteBuffer y, int yOffset, int height, int width, int channels) {
        try {
            Object xs = VectorMemory.of(x);
            Object ys = VectorMemory.of(y);
            int whole = channels / LANES * LANES;
            int pixel = 4 * channels;
            int line = 2 * width * pixel;
            for (int row = 0; row < height; row++) {
                for (int column = 0; column < width; column++) {
                    int from = xOffset + (row * width + column) * pixel;
                    int to = yOffset + (2 * row * 2 * width + 2 * column) * pixel;
                    for (int channel = 0; channel < 4 * whole; channel += BYTES) {
                        FloatVector value = (FloatVector) LOAD.invokeExact(xs, from + channel);
                        STORE.invokeExact(value, ys, to + channel);
                        STORE.invokeExact(value, ys, to + pixel + channel);
                        STORE.invokeExact(value, ys, to + line + channel);
                        STORE.invokeExact(value, ys, to + line + pixel + channel);
                    }
                    for (int channel = 4 * whole; channel < pixel; channel += 4) {
                        float value = x.getFloat(from + channel);
                        y.putFloat(to + channel, value);
                        y.putFloat(to + pixel + channel, value);
                        y.putFloat(to + line + channel, value);
                        y.putFloat(to + line + pixel + channel, value);
                    }
                }
            }
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void copyColumns(
            ByteBuffer x, int xOffset, int xColumns, ByteBuffer y, int yOffset, int yColumns, int rows, int columns) {
        try {
            Object xs = VectorMemory.of(x);
            Object ys = VectorMemory.of(y);
            int whole = 4 * (columns / LANES * LANES);
            for (int row = 0; row < rows; row++) {
                int from = xOffset + 4 * row * xColumns;
                int to = yOffset + 4 * row * yColumns;
                for (int at = 0; at < whole; at += BYTES) {
                    STORE.invokeExact((FloatVector) LOAD.invokeExact(xs, from + at), ys, to + at);
                }
                for (int at = whole; at < 4 * columns; at += 4) {
                    y.putFloat(to + at, x.getFloat(from + at));
                }
            }
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void normGradientSums(
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
            float[] products) {
        try {
            VectorNorms.gradientSums(
                    x, dy, dz, offset, rows, columns, scale, shift, center, activation, sums, products);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void normGradient(
            ByteBuffer dz,
            ByteBuffer x,
            ByteBuffer other,
            ByteBuffer dx,
            int offset,
            int rows,
            int columns,
            float[] a,
            float[] b,
            float[] c) {
        try {
            VectorNorms.gradient(dz, x, other, dx, offset, rows, columns, a, b, c);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void siluGradient(ByteBuffer x, ByteBuffer dy, ByteBuffer dx, int length) {
        try {
            VectorExp.siluGradient(x, dy, dx, length);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void upsampleNearestGradient(
            ByteBuffer dy, int yOffset, ByteBuffer dx, int xOffset, int height, int width, int channels) {
        try {
            Object dys = VectorMemory.of(dy);
            Object dxs = VectorMemory.of(dx);
            int whole = channels / LANES * LANES;
            int pixel = 4 * channels;
            int line = 2 * width * pixel;
            for (int row = 0; row < height; row++) {
                for (int column = 0; column < width; column++) {
                    int from = yOffset + (4 * row * width + 2 * column) * pixel;
                    int to = xOffset + (row * width + column) * pixel;
                    for (int at = 0; at < 4 * whole; at += BYTES) {
                        FloatVector above = ((FloatVector) LOAD.invokeExact(dys, from + at))
                                .add((FloatVector) LOAD.invokeExact(dys, from + pixel + at));
                        FloatVector below = ((FloatVector) LOAD.invokeExact(dys, from + line + at))
                                .add((FloatVector) LOAD.invokeExact(dys, from + line + pixel + at));
                        STORE.invokeExact(above.add(below), dxs, to + at);
                    }
                }
            }
            if (whole < channels) {
                PlainKernels.upsampleNearestGradient(dy, yOffset, dx, xOffset, height, width, channels, whole);
            }
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public double sumOfSquares(ByteBuffer x, int from, int to) {
        try {
            Object xs = VectorMemory.of(x);
            double sum = 0;
            int at = from;
            float[] lanes = new float[LANES];
            while (at + LANES <= to) {
                // Some thousand squares are added in float32, and these sums in double: float32 only would lose the
                // small
                // ones.
                int end = Math.min(to, at + 64 * LANES);
                FloatVector squares = FloatVector.zero(SPECIES);
                for (; at + LANES <= end; at += LANES) {
                    FloatVector value = (FloatVector) LOAD.invokeExact(xs, 4 * at);
                    squares = value.fma(value, squares);
                }
                // The order in which reduceLanes adds may change when it is compiled.
                squares.intoArray(lanes, 0);
                for (float lane : lanes) {
                    sum += lane;
                }
            }
            for (; at < to; at++) {
                double value = x.getFloat(4 * at);
                sum += value * value;
            }
            return sum;
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void adamW(
            ByteBuffer parameter,
            ByteBuffer gradient,
            ByteBuffer first,
            ByteBuffer second,
            ByteBuffer average,
            int from,
            int to,
            AdamWStep step) {
        try {
            Object parameters = VectorMemory.of(parameter);
            Object gradients = VectorMemory.of(gradient);
            Object firsts = VectorMemory.of(first);
            Object seconds = VectorMemory.of(second);
            Object averages = VectorMemory.of(average);
            int whole = from + (to - from) / LANES * LANES;
            // The rows are processed in stretches that stay in the cache, since one loop for both steps is too large
            // for
            // the compiler.
            for (int at = from; at < whole; at += 1024) {
                int end = Math.min(whole, at + 1024);
                moments(gradients, firsts, seconds, 4 * at, 4 * end, step);
                move(parameters, firsts, seconds, averages, 4 * at, 4 * end, step);
            }
            PLAIN.adamW(parameter, gradient, first, second, average, whole, to, step);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    private static void moments(Object gradient, Object first, Object second, int from, int to, AdamWStep step)
            throws Throwable {
        for (int at = from; at < to; at += BYTES) {
            FloatVector g = ((FloatVector) LOAD.invokeExact(gradient, at)).mul(step.gradientScale());
            STORE.invokeExact(FloatVector.zero(SPECIES), gradient, at);
            STORE.invokeExact(
                    ((FloatVector) LOAD.invokeExact(first, at))
                            .mul(step.beta1())
                            .add(g.mul(1 - step.beta1())),
                    first,
                    at);
            STORE.invokeExact(
                    ((FloatVector) LOAD.invokeExact(second, at))
                            .mul(step.beta2())
                            .add(g.mul(g).mul(1 - step.beta2())),
                    second,
                    at);
        }
    }

    private static void move(
            Object parameter, Object first, Object second, Object average, int from, int to, AdamWStep step)
            throws Throwable {
        for (int at = from; at < to; at += BYTES) {
            FloatVector root = ((FloatVector) LOAD.invokeExact(second, at))
                    .sqrt()
                    .mul(step.rootScale())
                    .add(step.eps());
            FloatVector p = ((FloatVector) LOAD.invokeExact(parameter, at))
                    .mul(step.decay())
                    .sub(((FloatVector) LOAD.invokeExact(first, at))
                            .mul(step.stepSize())
                            .div(root));
            STORE.invokeExact(p, parameter, at);
            if (average != null) {
                FloatVector before = (FloatVector) LOAD.invokeExact(average, at);
                STORE.invokeExact(
                        p.sub(before).fma(FloatVector.broadcast(SPECIES, step.averageShare()), before), average, at);
            }
        }
    }

    @Override
    public void softmaxPiece(ByteBuffer x, int rows, int columns, float[] largest, float[] sums, float[] shrink) {
        try {
            VectorSoftmax.piece(x, rows, columns, largest, sums, shrink);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void addRows(ByteBuffer x, int rows, int columns, float[] sums) {
        try {
            VectorSoftmax.addRows(x, rows, columns, sums);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void scaleRows(
            ByteBuffer x,
            int xColumns,
            ByteBuffer y,
            int yOffset,
            int yColumns,
            int rows,
            int columns,
            float[] factors) {
        try {
            VectorSoftmax.scaleRows(x, xColumns, y, yOffset, yColumns, rows, columns, factors);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public boolean areVectors() {
        return true;
    }

    @Override
    public void winogradInput(WinogradForm form, ByteBuffer x, int xOffset, TileRows rows, ByteBuffer v) {
        try {
            VectorWinograd.input(form, x, xOffset, rows, v);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void winogradOutput(
            WinogradForm form,
            ByteBuffer m,
            TileRows rows,
            ByteBuffer bias,
            ByteBuffer residual,
            ByteBuffer y,
            int yOffset) {
        try {
            VectorWinograd.output(form, m, rows, bias, residual, y, yOffset);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void winogradWeight(WinogradForm form, ByteBuffer weight, int out, int in, boolean backward, ByteBuffer u) {
        try {
            VectorWinograd.weight(form, weight, out, in, backward, u);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void winogradOutputGradient(ByteBuffer dy, int yOffset, TileRows rows, ByteBuffer u) {
        try {
            VectorWinogradGradient.output(dy, yOffset, rows, u);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    @Override
    public void winogradWeightGradient(ByteBuffer m, int out, int in, ByteBuffer gradient) {
        try {
            VectorWinogradGradient.weight(m, out, in, gradient);
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }
}
