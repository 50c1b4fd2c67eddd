package org.diffusion4j.kernels;

import static org.diffusion4j.kernels.VectorMemory.LOAD;
import static org.diffusion4j.kernels.VectorMemory.STORE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The passes of {@link VectorWinograd} over a tile's columns and rows, of the forms with 16 numbers. */
final class VectorSmallWinograd {
    private static final VectorSpecies<Float> SPECIES = VectorMemory.SPECIES;
    private static final int LANES = SPECIES.length();
    private static final int BLOCK = Scratch.CHANNELS;

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
            float[] half)
            throws Throwable {
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int j = 0; j < 4; j++) {
            boolean there = j < columns && !(j == 0 && leftmost);
            for (int channel = 0; channel < count; channel += LANES) {
                int at = corner + j * pixel + 4 * channel;
                FloatVector a = there && !first ? (FloatVector) LOAD.invokeExact(x, at) : zero;
                FloatVector b = there ? (FloatVector) LOAD.invokeExact(x, at + line) : zero;
                FloatVector c = there && rows > 2 ? (FloatVector) LOAD.invokeExact(x, at + 2 * line) : zero;
                FloatVector d = there && rows > 3 ? (FloatVector) LOAD.invokeExact(x, at + 3 * line) : zero;
                int to = j * BLOCK + channel;
                a.sub(c).intoArray(half, to);
                b.add(c).intoArray(half, to + 4 * BLOCK);
                b.sub(c).intoArray(half, to + 8 * BLOCK);
                d.sub(b).intoArray(half, to + 12 * BLOCK);
            }
        }
    }

    static void inputRows(float[] half, int count, Object v, int to, int plane) throws Throwable {
        for (int i = 0; i < 4; i++) {
            for (int channel = 0; channel < count; channel += LANES) {
                int from = 4 * i * BLOCK + channel;
                int at = to + 4 * i * plane + 4 * channel;
                FloatVector a = FloatVector.fromArray(SPECIES, half, from);
                FloatVector b = FloatVector.fromArray(SPECIES, half, from + BLOCK);
                FloatVector c = FloatVector.fromArray(SPECIES, half, from + 2 * BLOCK);
                FloatVector d = FloatVector.fromArray(SPECIES, half, from + 3 * BLOCK);
                STORE.invokeExact(a.sub(c), v, at);
                STORE.invokeExact(b.add(c), v, at + plane);
                STORE.invokeExact(b.sub(c), v, at + 2 * plane);
                STORE.invokeExact(d.sub(b), v, at + 3 * plane);
            }
        }
    }

    static void outputColumns(Object m, int from, int plane, int count, float[] half) throws Throwable {
        for (int j = 0; j < 4; j++) {
            for (int c = 0; c < count; c += LANES) {
                int at = from + j * plane + 4 * c;
                int to = j * BLOCK + c;
                FloatVector s = (FloatVector) LOAD.invokeExact(m, at + 4 * plane);
                FloatVector r = (FloatVector) LOAD.invokeExact(m, at + 8 * plane);
                ((FloatVector) LOAD.invokeExact(m, at)).add(s.add(r)).intoArray(half, to);
                s.sub(r).add((FloatVector) LOAD.invokeExact(m, at + 12 * plane)).intoArray(half, to + 4 * BLOCK);
            }
        }
    }

    static void outputRows(
            float[] half,
            int count,
            Object bias,
            int biasAt,
            Object residual,
            Object y,
            int corner,
            int line,
            int pixel,
            int rows,
            int columns)
            throws Throwable {
        int step = residual == Scratch.ZEROS ? 0 : pixel;
        for (int i = 0; i < rows; i++) {
            for (int c = 0; c < count; c += LANES) {
                int from = i * 4 * BLOCK + c;
                int at = corner + i * line + 4 * c;
                int beside = residual == Scratch.ZEROS ? 4 * c : at;
                FloatVector biases = (FloatVector) LOAD.invokeExact(bias, biasAt + 4 * c);
                FloatVector s = FloatVector.fromArray(SPECIES, half, from + BLOCK);
                FloatVector r = FloatVector.fromArray(SPECIES, half, from + 2 * BLOCK);
                FloatVector first = FloatVector.fromArray(SPECIES, half, from);
                STORE.invokeExact(
                        first.add(s.add(r)).add(biases).add((FloatVector) LOAD.invokeExact(residual, beside)), y, at);
                if (columns > 1) {
                    FloatVector last = FloatVector.fromArray(SPECIES, half, from + 3 * BLOCK);
                    STORE.invokeExact(
                            s.sub(r).add(last).add(biases).add((FloatVector) LOAD.invokeExact(residual, beside + step)),
                            y,
                            at + pixel);
                }
            }
        }
    }

    static void upsampledColumns(Object m, int from, int plane, int count, float[] half) throws Throwable {
        for (int j = 0; j < 5; j++) {
            int first = from + WinogradForm.UPSAMPLED.product(0, j) * plane;
            int next = (WinogradForm.UPSAMPLED.product(1, j) - WinogradForm.UPSAMPLED.product(0, j)) * plane;
            for (int c = 0; c < count; c += LANES) {
                int at = first + 4 * c;
                int to = j * BLOCK + c;
                FloatVector s = (FloatVector) LOAD.invokeExact(m, at + next);
                FloatVector h = (FloatVector) LOAD.invokeExact(m, at + 2 * next);
                FloatVector k = (FloatVector) LOAD.invokeExact(m, at + 4 * next);
                ((FloatVector) LOAD.invokeExact(m, at)).add(s.sub(h)).intoArray(half, to);
                s.add(k).intoArray(half, to + 5 * BLOCK);
                s.add(h).intoArray(half, to + 10 * BLOCK);
                s.sub(k).add((FloatVector) LOAD.invokeExact(m, at + 3 * next)).intoArray(half, to + 15 * BLOCK);
            }
        }
    }

    static void upsampledRows(
            float[] half,
            int count,
            Object bias,
            int biasAt,
            Object residual,
            Object y,
            int corner,
            int line,
            int pixel,
            int rows,
            int columns)
            throws Throwable {
        int step = residual == Scratch.ZEROS ? 0 : pixel;
        for (int i = 0; i < rows; i++) {
            for (int c = 0; c < count; c += LANES) {
                int from = i * 5 * BLOCK + c;
                int at = corner + i * line + 4 * c;
                FloatVector s = FloatVector.fromArray(SPECIES, half, from + BLOCK);
                FloatVector h = FloatVector.fromArray(SPECIES, half, from + 2 * BLOCK);
                FloatVector k = FloatVector.fromArray(SPECIES, half, from + 4 * BLOCK);
                int beside = residual == Scratch.ZEROS ? 4 * c : at;
                FloatVector biases = (FloatVector) LOAD.invokeExact(bias, biasAt + 4 * c);
                FloatVector first = FloatVector.fromArray(SPECIES, half, from);
                STORE.invokeExact(
                        first.add(s.sub(h)).add(biases).add((FloatVector) LOAD.invokeExact(residual, beside)), y, at);
                STORE.invokeExact(
                        s.add(k).add(biases).add((FloatVector) LOAD.invokeExact(residual, beside + step)),
                        y,
                        at + pixel);
                if (columns > 2) {
                    FloatVector last = FloatVector.fromArray(SPECIES, half, from + 3 * BLOCK);
                    STORE.invokeExact(
                            s.add(h).add(biases).add((FloatVector) LOAD.invokeExact(residual, beside + 2 * step)),
                            y,
                            at + 2 * pixel);
                    STORE.invokeExact(
                            s.sub(k).add(last).add(biases).add((FloatVector)
                                    LOAD.invokeExact(residual, beside + 3 * step)),
                            y,
                            at + 3 * pixel);
                }
            }
        }
    }
}
