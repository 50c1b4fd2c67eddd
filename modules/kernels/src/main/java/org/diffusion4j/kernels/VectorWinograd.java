package org.diffusion4j.kernels;

import static org.diffusion4j.kernels.VectorMemory.load;
import static org.diffusion4j.kernels.VectorMemory.store;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Winograd's transforms by the widest vectors. A tile's columns are transformed first, then its rows. */
final class VectorWinograd {
    /**
     * How many channels are processed at a time. The numbers between the pass over columns and the pass over rows stay in the
     * cache, and each pass is a loop that is long enough to be compiled by itself; both together are too large for the
     * compiler.
     */
    static final int BLOCK = 64;

    private static final VectorSpecies<Float> SPECIES = VectorMemory.SPECIES;
    private static final int LANES = SPECIES.length();

    /**
     * The numbers between both passes, of each thread: a new array for each call would be most of what the collector has to do
     * while networks run.
     */
    private static final ThreadLocal<float[]> HALF = ThreadLocal.withInitial(() -> new float[36 * BLOCK]);

    private VectorWinograd() {}

    /** As many numbers as the largest transform has between its passes; what is in them doesn't matter. */
    static float[] half() {
        return HALF.get();
    }

    static void input(WinogradForm form, ByteBuffer x, int xOffset, TileRows rows, ByteBuffer v) {
        Object xs = VectorMemory.of(x);
        Object vs = VectorMemory.of(v);
        int side = form.imageSide();
        int patch = form.numbersAcross();
        float[] half = half();
        int across = rows.across(side);
        int channels = rows.channels();
        int line = 4 * rows.width() * channels;
        int pixel = 4 * channels;
        int plane = 4 * rows.plane();
        for (int ty = rows.fromRow(); ty < rows.toRow(); ty++) {
            for (int tx = 0; tx < across; tx++) {
                int top = side * ty - 1;
                int left = side * tx - 1;
                int down = rows.height() - top;
                int right = rows.width() - left;
                boolean inside = top >= 0 && down >= patch && left >= 0 && right >= patch;
                int corner = xOffset + top * line + left * pixel;
                int to = rows.at(0, (ty - rows.fromRow()) * across + tx, 0);
                for (int c = 0; c < channels; c += BLOCK) {
                    int count = Math.min(BLOCK, channels - c);
                    int at = corner + 4 * c;
                    if (form != WinogradForm.PLAIN) {
                        VectorSmallWinograd.inputColumns(
                                xs, at, line, pixel, count, top < 0, down, left < 0, right, half);
                        VectorSmallWinograd.inputRows(half, count, vs, to + 4 * c, plane);
                        continue;
                    }
                    if (inside) {
                        inputColumns(xs, at, line, pixel, count, half);
                    } else {
                        borderColumns(xs, at, line, pixel, count, down, right, top < 0, left < 0, half);
                    }
                    inputRows(half, count, vs, to + 4 * c, plane);
                }
            }
        }
    }

    private static void inputColumns(Object x, int corner, int line, int pixel, int count, float[] half) {
        for (int j = 0; j < 6; j++) {
            for (int c = 0; c < count; c += LANES) {
                int at = corner + j * pixel + 4 * c;
                inputColumn(
                        load(x, at),
                        load(x, at + line),
                        load(x, at + 2 * line),
                        load(x, at + 3 * line),
                        load(x, at + 4 * line),
                        load(x, at + 5 * line),
                        half,
                        j * BLOCK + c);
            }
        }
    }

    /** Like {@link #inputColumns}, for tiles where some of the 6×6 pixels are outside the image and count as zero. */
    private static void borderColumns(
            Object x,
            int corner,
            int line,
            int pixel,
            int count,
            int rows,
            int columns,
            boolean first,
            boolean leftmost,
            float[] half) {
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int j = 0; j < 6; j++) {
            boolean there = j < columns && !(j == 0 && leftmost);
            for (int c = 0; c < count; c += LANES) {
                int at = corner + j * pixel + 4 * c;
                inputColumn(
                        there && !first ? load(x, at) : zero,
                        there && rows > 1 ? load(x, at + line) : zero,
                        there && rows > 2 ? load(x, at + 2 * line) : zero,
                        there && rows > 3 ? load(x, at + 3 * line) : zero,
                        there && rows > 4 ? load(x, at + 4 * line) : zero,
                        there && rows > 5 ? load(x, at + 5 * line) : zero,
                        half,
                        j * BLOCK + c);
            }
        }
    }

    private static void inputColumn(
            FloatVector d0,
            FloatVector d1,
            FloatVector d2,
            FloatVector d3,
            FloatVector d4,
            FloatVector d5,
            float[] half,
            int at) {
        FloatVector even = d2.fma(broadcast(-4), d4);
        FloatVector odd = d1.fma(broadcast(-4), d3);
        FloatVector even2 = d4.sub(d2);
        FloatVector odd2 = d3.sub(d1);
        odd2 = odd2.add(odd2);
        d0.fma(broadcast(4), d2.fma(broadcast(-5), d4)).intoArray(half, at);
        even.add(odd).intoArray(half, at + 6 * BLOCK);
        even.sub(odd).intoArray(half, at + 12 * BLOCK);
        even2.add(odd2).intoArray(half, at + 18 * BLOCK);
        even2.sub(odd2).intoArray(half, at + 24 * BLOCK);
        d1.fma(broadcast(4), d3.fma(broadcast(-5), d5)).intoArray(half, at + 30 * BLOCK);
    }

    private static void inputRows(float[] half, int count, Object v, int to, int plane) {
        for (int i = 0; i < 6; i++) {
            for (int c = 0; c < count; c += LANES) {
                int from = i * 6 * BLOCK + c;
                int at = to + i * 6 * plane + 4 * c;
                FloatVector d0 = FloatVector.fromArray(SPECIES, half, from);
                FloatVector d1 = FloatVector.fromArray(SPECIES, half, from + BLOCK);
                FloatVector d2 = FloatVector.fromArray(SPECIES, half, from + 2 * BLOCK);
                FloatVector d3 = FloatVector.fromArray(SPECIES, half, from + 3 * BLOCK);
                FloatVector d4 = FloatVector.fromArray(SPECIES, half, from + 4 * BLOCK);
                FloatVector d5 = FloatVector.fromArray(SPECIES, half, from + 5 * BLOCK);
                FloatVector even = d2.fma(broadcast(-4), d4);
                FloatVector odd = d1.fma(broadcast(-4), d3);
                FloatVector even2 = d4.sub(d2);
                FloatVector odd2 = d3.sub(d1);
                odd2 = odd2.add(odd2);
                store(d0.fma(broadcast(4), d2.fma(broadcast(-5), d4)), v, at);
                store(even.add(odd), v, at + plane);
                store(even.sub(odd), v, at + 2 * plane);
                store(even2.add(odd2), v, at + 3 * plane);
                store(even2.sub(odd2), v, at + 4 * plane);
                store(d1.fma(broadcast(4), d3.fma(broadcast(-5), d5)), v, at + 5 * plane);
            }
        }
    }

    static void output(
            WinogradForm form,
            ByteBuffer m,
            TileRows rows,
            ByteBuffer bias,
            ByteBuffer residual,
            ByteBuffer y,
            int yOffset) {
        Object ms = VectorMemory.of(m);
        Object biases = VectorMemory.of(bias);
        Object residuals = VectorMemory.of(residual);
        Object ys = VectorMemory.of(y);
        int side = form.side();
        float[] half = half();
        int across = rows.across(side);
        int channels = rows.channels();
        int line = 4 * rows.width() * channels;
        int pixel = 4 * channels;
        int plane = 4 * rows.plane();
        for (int ty = rows.fromRow(); ty < rows.toRow(); ty++) {
            int down = Math.min(side, rows.height() - side * ty);
            for (int tx = 0; tx < across; tx++) {
                int right = Math.min(side, rows.width() - side * tx);
                int tile = rows.at(0, (ty - rows.fromRow()) * across + tx, 0);
                int corner = yOffset + side * (ty * line + tx * pixel);
                for (int c = 0; c < channels; c += BLOCK) {
                    int count = Math.min(BLOCK, channels - c);
                    int from = tile + 4 * c;
                    int to = corner + 4 * c;
                    switch (form) {
                        case PLAIN -> {
                            outputColumns(ms, from, plane, count, half);
                            outputRows(half, count, biases, 4 * c, residuals, ys, to, line, pixel, down, right);
                        }
                        case SMALL -> {
                            VectorSmallWinograd.outputColumns(ms, from, plane, count, half);
                            VectorSmallWinograd.outputRows(
                                    half, count, biases, 4 * c, residuals, ys, to, line, pixel, down, right);
                        }
                        case UPSAMPLED -> {
                            VectorSmallWinograd.upsampledColumns(ms, from, plane, count, half);
                            VectorSmallWinograd.upsampledRows(
                                    half, count, biases, 4 * c, residuals, ys, to, line, pixel, down, right);
                        }
                    }
                }
            }
        }
    }

    private static void outputColumns(Object m, int from, int plane, int count, float[] half) {
        for (int j = 0; j < 6; j++) {
            for (int c = 0; c < count; c += LANES) {
                int at = from + j * plane + 4 * c;
                int to = j * BLOCK + c;
                FloatVector m1 = load(m, at + 6 * plane);
                FloatVector m2 = load(m, at + 12 * plane);
                FloatVector m3 = load(m, at + 18 * plane);
                FloatVector m4 = load(m, at + 24 * plane);
                FloatVector sum1 = m1.add(m2);
                FloatVector sum3 = m3.add(m4);
                FloatVector difference1 = m1.sub(m2);
                FloatVector difference3 = m3.sub(m4);
                load(m, at).add(sum1).add(sum3).intoArray(half, to);
                difference3.fma(broadcast(2), difference1).intoArray(half, to + 6 * BLOCK);
                sum3.fma(broadcast(4), sum1).intoArray(half, to + 12 * BLOCK);
                difference3
                        .fma(broadcast(8), difference1)
                        .add(load(m, at + 30 * plane))
                        .intoArray(half, to + 18 * BLOCK);
            }
        }
    }

    private static void outputRows(
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
                int from = i * 6 * BLOCK + c;
                int at = corner + i * line + 4 * c;
                FloatVector biases = bias == null ? FloatVector.zero(SPECIES) : load(bias, biasOffset + 4 * c);
                FloatVector m1 = FloatVector.fromArray(SPECIES, half, from + BLOCK);
                FloatVector m2 = FloatVector.fromArray(SPECIES, half, from + 2 * BLOCK);
                FloatVector m3 = FloatVector.fromArray(SPECIES, half, from + 3 * BLOCK);
                FloatVector m4 = FloatVector.fromArray(SPECIES, half, from + 4 * BLOCK);
                FloatVector sum1 = m1.add(m2);
                FloatVector sum3 = m3.add(m4);
                FloatVector difference1 = m1.sub(m2);
                FloatVector difference3 = m3.sub(m4);
                FloatVector first =
                        FloatVector.fromArray(SPECIES, half, from).add(sum1).add(sum3);
                put(first.add(biases), residual, y, at);
                if (columns > 1) {
                    put(difference3.fma(broadcast(2), difference1).add(biases), residual, y, at + pixel);
                }
                if (columns > 2) {
                    put(sum3.fma(broadcast(4), sum1).add(biases), residual, y, at + 2 * pixel);
                }
                if (columns > 3) {
                    FloatVector last = FloatVector.fromArray(SPECIES, half, from + 5 * BLOCK);
                    put(difference3.fma(broadcast(8), difference1).add(last).add(biases), residual, y, at + 3 * pixel);
                }
            }
        }
    }

    static void put(FloatVector value, Object residual, Object y, int at) {
        store(residual == null ? value : value.add(load(residual, at)), y, at);
    }

    /** Copying rows of 16 numbers by a buffer's own methods takes several times as long. */
    static void weight(WinogradForm form, ByteBuffer weight, int out, int in, boolean backward, ByteBuffer u) {
        Object us = VectorMemory.of(u);
        int plane = 4 * out * in;
        PlainWinograd.weight(form, weight, out, in, backward, (at, numbers) -> {
            for (int n = 0; n < form.products(); n++) {
                for (int lane = 0; lane < PlainWinograd.LANES; lane += LANES) {
                    FloatVector row = FloatVector.fromArray(SPECIES, numbers, n * PlainWinograd.LANES + lane);
                    store(row, us, n * plane + 4 * (at + lane));
                }
            }
        });
    }

    private static FloatVector broadcast(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }
}
