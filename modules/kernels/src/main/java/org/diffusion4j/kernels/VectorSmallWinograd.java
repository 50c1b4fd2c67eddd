package org.diffusion4j.kernels;

import static org.diffusion4j.kernels.VectorMemory.load;
import static org.diffusion4j.kernels.VectorMemory.store;
import static org.diffusion4j.kernels.VectorWinograd.BLOCK;
import static org.diffusion4j.kernels.VectorWinograd.put;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The passes of {@link VectorWinograd} over a tile's columns and rows, of the forms with 16 numbers. */
final class VectorSmallWinograd {
    private static final VectorSpecies<Float> SPECIES = VectorMemory.SPECIES;
    private static final int LANES = SPECIES.length();

    private VectorSmallWinograd() {}

    /** Of the 4×4 pixels, those outside the image count as zero; of the second row and column all are inside. */
    static void inputColumns(
            Object x,
            int corner,
            int line,
            int pixel,
            int count,
            boolean first,
            int rows,
            boolean leftmost,
            int columns,
            float[] half) {
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int j = 0; j < 4; j++) {
            boolean there = j < columns && !(j == 0 && leftmost);
            for (int channel = 0; channel < count; channel += LANES) {
                int at = corner + j * pixel + 4 * channel;
                FloatVector a = there && !first ? load(x, at) : zero;
                FloatVector b = there ? load(x, at + line) : zero;
                FloatVector c = there && rows > 2 ? load(x, at + 2 * line) : zero;
                FloatVector d = there && rows > 3 ? load(x, at + 3 * line) : zero;
                int to = j * BLOCK + channel;
                a.sub(c).intoArray(half, to);
                b.add(c).intoArray(half, to + 4 * BLOCK);
                b.sub(c).intoArray(half, to + 8 * BLOCK);
                d.sub(b).intoArray(half, to + 12 * BLOCK);
            }
        }
    }

    static void inputRows(float[] half, int count, Object v, int to, int plane) {
        for (int i = 0; i < 4; i++) {
            for (int channel = 0; channel < count; channel += LANES) {
                int from = 4 * i * BLOCK + channel;
                int at = to + 4 * i * plane + 4 * channel;
                FloatVector a = FloatVector.fromArray(SPECIES, half, from);
                FloatVector b = FloatVector.fromArray(SPECIES, half, from + BLOCK);
                FloatVector c = FloatVector.fromArray(SPECIES, half, from + 2 * BLOCK);
                FloatVector d = FloatVector.fromArray(SPECIES, half, from + 3 * BLOCK);
                store(a.sub(c), v, at);
                store(b.add(c), v, at + plane);
                store(b.sub(c), v, at + 2 * plane);
                store(d.sub(b), v, at + 3 * plane);
            }
        }
    }

    static void outputColumns(Object m, int from, int plane, int count, float[] half) {
        for (int j = 0; j < 4; j++) {
            for (int c = 0; c < count; c += LANES) {
                int at = from + j * plane + 4 * c;
                int to = j * BLOCK + c;
                FloatVector s = load(m, at + 4 * plane);
                FloatVector r = load(m, at + 8 * plane);
                load(m, at).add(s.add(r)).intoArray(half, to);
                s.sub(r).add(load(m, at + 12 * plane)).intoArray(half, to + 4 * BLOCK);
            }
        }
    }

    static void outputRows(
            float[] half,
            int count,
            Object bias,
            int biasOffset,
            Object residual,
            Object y,
            int corner,
            int line,
            int pixel,
            int rows,
            int columns) {
        for (int i = 0; i < rows; i++) {
            for (int c = 0; c < count; c += LANES) {
                int from = i * 4 * BLOCK + c;
                int at = corner + i * line + 4 * c;
                FloatVector biases = bias == null ? FloatVector.zero(SPECIES) : load(bias, biasOffset + 4 * c);
                FloatVector s = FloatVector.fromArray(SPECIES, half, from + BLOCK);
                FloatVector r = FloatVector.fromArray(SPECIES, half, from + 2 * BLOCK);
                FloatVector first = FloatVector.fromArray(SPECIES, half, from);
                put(first.add(s.add(r)).add(biases), residual, y, at);
                if (columns > 1) {
                    FloatVector last = FloatVector.fromArray(SPECIES, half, from + 3 * BLOCK);
                    put(s.sub(r).add(last).add(biases), residual, y, at + pixel);
                }
            }
        }
    }

    static void upsampledColumns(Object m, int from, int plane, int count, float[] half) {
        for (int j = 0; j < 5; j++) {
            int first = from + WinogradForm.UPSAMPLED.product(0, j) * plane;
            int next = (WinogradForm.UPSAMPLED.product(1, j) - WinogradForm.UPSAMPLED.product(0, j)) * plane;
            for (int c = 0; c < count; c += LANES) {
                int at = first + 4 * c;
                int to = j * BLOCK + c;
                FloatVector s = load(m, at + next);
                FloatVector h = load(m, at + 2 * next);
                FloatVector k = load(m, at + 4 * next);
                load(m, at).add(s.sub(h)).intoArray(half, to);
                s.add(k).intoArray(half, to + 5 * BLOCK);
                s.add(h).intoArray(half, to + 10 * BLOCK);
                s.sub(k).add(load(m, at + 3 * next)).intoArray(half, to + 15 * BLOCK);
            }
        }
    }

    static void upsampledRows(
            float[] half,
            int count,
            Object bias,
            int biasOffset,
            Object residual,
            Object y,
            int corner,
            int line,
            int pixel,
            int rows,
            int columns) {
        for (int i = 0; i < rows; i++) {
            for (int c = 0; c < count; c += LANES) {
                int from = i * 5 * BLOCK + c;
                int at = corner + i * line + 4 * c;
                FloatVector s = FloatVector.fromArray(SPECIES, half, from + BLOCK);
                FloatVector h = FloatVector.fromArray(SPECIES, half, from + 2 * BLOCK);
                FloatVector k = FloatVector.fromArray(SPECIES, half, from + 4 * BLOCK);
                FloatVector biases = bias == null ? FloatVector.zero(SPECIES) : load(bias, biasOffset + 4 * c);
                FloatVector first = FloatVector.fromArray(SPECIES, half, from);
                put(first.add(s.sub(h)).add(biases), residual, y, at);
                put(s.add(k).add(biases), residual, y, at + pixel);
                if (columns > 2) {
                    FloatVector last = FloatVector.fromArray(SPECIES, half, from + 3 * BLOCK);
                    put(s.add(h).add(biases), residual, y, at + 2 * pixel);
                    put(s.sub(k).add(last).add(biases), residual, y, at + 3 * pixel);
                }
            }
        }
    }
}
