package org.diffusion4j.kernels;

import static org.diffusion4j.kernels.VectorMemory.load;
import static org.diffusion4j.kernels.VectorMemory.store;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The transforms of {@link Kernels#smallWinogradInput} and its like, by columns and then by rows as in {@link VectorKernels}. */
final class VectorSmallWinograd {
    private static final VectorSpecies<Float> SPECIES = VectorMemory.SPECIES;
    private static final int LANES = SPECIES.length();
    /** How many channels are processed at a time, so that the numbers between both passes stay in the cache. */
    private static final int BLOCK = 64;

    private VectorSmallWinograd() {}

    static void input(
            ByteBuffer x,
            int xOffset,
            int height,
            int width,
            int channels,
            int fromRow,
            int toRow,
            ByteBuffer v,
            int tile,
            int plane) {
        Object xs = VectorMemory.of(x);
        Object vs = VectorMemory.of(v);
        float[] half = new float[16 * BLOCK];
        int across = (width + 1) / 2;
        int line = 4 * width * channels;
        for (int ty = fromRow; ty < toRow; ty++) {
            for (int tx = 0; tx < across; tx++) {
                int top = 2 * ty - 1;
                int left = 2 * tx - 1;
                int corner = xOffset + top * line + 4 * left * channels;
                int to = 4 * ((tile + (ty - fromRow) * across + tx) * channels);
                for (int c = 0; c < channels; c += BLOCK) {
                    int count = Math.min(BLOCK, channels - c);
                    inputColumns(
                            xs,
                            corner + 4 * c,
                            line,
                            4 * channels,
                            count,
                            top < 0,
                            height - top,
                            left < 0,
                            width - left,
                            half);
                    inputRows(half, count, vs, to + 4 * c, 4 * plane);
                }
            }
        }
    }

    /** Of the 4×4 pixels, those outside the image count as zero; of the second row and column all are inside. */
    private static void inputColumns(
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

    private static void inputRows(float[] half, int count, Object v, int to, int plane) {
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

    static void output(
            ByteBuffer m,
            int tile,
            int plane,
            ByteBuffer bias,
            ByteBuffer residual,
            ByteBuffer y,
            int yOffset,
            int height,
            int width,
            int channels,
            int fromRow,
            int toRow) {
        Object ms = VectorMemory.of(m);
        Object biases = VectorMemory.of(bias);
        Object residuals = VectorMemory.of(residual);
        Object ys = VectorMemory.of(y);
        float[] half = new float[8 * BLOCK];
        int across = (width + 1) / 2;
        int line = 4 * width * channels;
        for (int ty = fromRow; ty < toRow; ty++) {
            for (int tx = 0; tx < across; tx++) {
                int from = 4 * ((tile + (ty - fromRow) * across + tx) * channels);
                int corner = yOffset + 2 * ty * line + 8 * tx * channels;
                int rows = Math.min(2, height - 2 * ty);
                boolean both = width - 2 * tx > 1;
                for (int c = 0; c < channels; c += BLOCK) {
                    int count = Math.min(BLOCK, channels - c);
                    outputColumns(ms, from + 4 * c, 4 * plane, count, half);
                    for (int i = 0; i < rows; i++) {
                        int at = corner + i * line + 4 * c;
                        outputRow(half, 4 * i * BLOCK, count, biases, 4 * c, residuals, ys, at, 4 * channels, both);
                    }
                }
            }
        }
    }

    private static void outputColumns(Object m, int from, int plane, int count, float[] half) {
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

    private static void outputRow(
            float[] half,
            int begin,
            int count,
            Object bias,
            int biasOffset,
            Object residual,
            Object y,
            int corner,
            int pixel,
            boolean both) {
        for (int c = 0; c < count; c += LANES) {
            int from = begin + c;
            int at = corner + 4 * c;
            FloatVector biases = bias == null ? FloatVector.zero(SPECIES) : load(bias, biasOffset + 4 * c);
            FloatVector s = FloatVector.fromArray(SPECIES, half, from + BLOCK);
            FloatVector r = FloatVector.fromArray(SPECIES, half, from + 2 * BLOCK);
            FloatVector first = FloatVector.fromArray(SPECIES, half, from);
            VectorKernels.put(first.add(s.add(r)).add(biases), residual, y, at);
            if (both) {
                FloatVector last = FloatVector.fromArray(SPECIES, half, from + 3 * BLOCK);
                VectorKernels.put(s.sub(r).add(last).add(biases), residual, y, at + pixel);
            }
        }
    }

    static void upsampledOutput(
            ByteBuffer m,
            int tile,
            int plane,
            ByteBuffer bias,
            ByteBuffer residual,
            ByteBuffer y,
            int yOffset,
            int height,
            int width,
            int channels,
            int fromRow,
            int toRow) {
        Object ms = VectorMemory.of(m);
        Object biases = VectorMemory.of(bias);
        Object residuals = VectorMemory.of(residual);
        Object ys = VectorMemory.of(y);
        float[] half = new float[20 * BLOCK];
        int across = (width + 3) / 4;
        int line = 4 * width * channels;
        for (int ty = fromRow; ty < toRow; ty++) {
            for (int tx = 0; tx < across; tx++) {
                int from = 4 * ((tile + (ty - fromRow) * across + tx) * channels);
                int corner = yOffset + 4 * ty * line + 16 * tx * channels;
                int rows = Math.min(4, height - 4 * ty);
                int columns = Math.min(4, width - 4 * tx);
                for (int c = 0; c < channels; c += BLOCK) {
                    int count = Math.min(BLOCK, channels - c);
                    upsampledColumns(ms, from + 4 * c, 4 * plane, count, half);
                    upsampledRows(
                            half,
                            count,
                            biases,
                            4 * c,
                            residuals,
                            ys,
                            corner + 4 * c,
                            line,
                            4 * channels,
                            rows,
                            columns);
                }
            }
        }
    }

    private static void upsampledColumns(Object m, int from, int plane, int count, float[] half) {
        for (int j = 0; j < 5; j++) {
            int first = from + PlainSmallWinograd.place(0, j) * plane;
            int next = (PlainSmallWinograd.place(1, j) - PlainSmallWinograd.place(0, j)) * plane;
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

    private static void upsampledRows(
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
                VectorKernels.put(first.add(s.sub(h)).add(biases), residual, y, at);
                VectorKernels.put(s.add(k).add(biases), residual, y, at + pixel);
                if (columns > 2) {
                    FloatVector last = FloatVector.fromArray(SPECIES, half, from + 3 * BLOCK);
                    VectorKernels.put(s.add(h).add(biases), residual, y, at + 2 * pixel);
                    VectorKernels.put(s.sub(k).add(last).add(biases), residual, y, at + 3 * pixel);
                }
            }
        }
    }
}
