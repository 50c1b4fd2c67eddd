package org.diffusion4j.kernels;

import static org.diffusion4j.kernels.VectorMemory.LOAD;
import static org.diffusion4j.kernels.VectorMemory.STORE;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Winograd's transforms by the widest vectors. A tile's columns are transformed first, then its rows. */
final class VectorWinograd {
    private static final VectorSpecies<Float> SPECIES = VectorMemory.SPECIES;
    private static final int LANES = SPECIES.length();
    private static final int BLOCK = Scratch.CHANNELS;

    private VectorWinograd() {}

    static void input(WinogradForm form, ByteBuffer x, int xOffset, TileRows rows, ByteBuffer v) throws Throwable {
        Object xs = VectorMemory.of(x);
        Object vs = VectorMemory.of(v);
        int side = form.imageSide();
        float[] half = Scratch.ofThread().half;
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
                    inputColumns(xs, at, line, pixel, count, down, right, top < 0, left < 0, half);
                    inputRows(half, count, vs, to + 4 * c, plane);
                }
            }
        }
    }

    /** Of the 6×6 pixels, those outside the image count as zero; of the second row and column all are inside. */
    private static void inputColumns(
            Object x,
            int corner,
            int line,
            int pixel,
            int count,
            int rows,
            int columns,
            boolean first,
            boolean leftmost,
            float[] half)
            throws Throwable {
        FloatVector four = FloatVector.broadcast(SPECIES, 4);
        FloatVector minusFour = FloatVector.broadcast(SPECIES, -4);
        FloatVector minusFive = FloatVector.broadcast(SPECIES, -5);
        for (int j = 0; j < 6; j++) {
            int from = corner + j * pixel;
            boolean there = j < columns && !(j == 0 && leftmost);
            // Zeros are read in place of pixels that aren't there, so that the loop has no branches.
            Object x0 = there && !first ? x : Scratch.ZEROS;
            Object x1 = there ? x : Scratch.ZEROS;
            Object x2 = there && rows > 2 ? x : Scratch.ZEROS;
            Object x3 = there && rows > 3 ? x : Scratch.ZEROS;
            Object x4 = there && rows > 4 ? x : Scratch.ZEROS;
            Object x5 = there && rows > 5 ? x : Scratch.ZEROS;
            int at0 = there && !first ? from : 0;
            int at1 = there ? from + line : 0;
            int at2 = there && rows > 2 ? from + 2 * line : 0;
            int at3 = there && rows > 3 ? from + 3 * line : 0;
            int at4 = there && rows > 4 ? from + 4 * line : 0;
            int at5 = there && rows > 5 ? from + 5 * line : 0;
            for (int c = 0; c < count; c += LANES) {
                int to = j * BLOCK + c;
                FloatVector d0 = (FloatVector) LOAD.invokeExact(x0, at0 + 4 * c);
                FloatVector d1 = (FloatVector) LOAD.invokeExact(x1, at1 + 4 * c);
                FloatVector d2 = (FloatVector) LOAD.invokeExact(x2, at2 + 4 * c);
                FloatVector d3 = (FloatVector) LOAD.invokeExact(x3, at3 + 4 * c);
                FloatVector d4 = (FloatVector) LOAD.invokeExact(x4, at4 + 4 * c);
                FloatVector d5 = (FloatVector) LOAD.invokeExact(x5, at5 + 4 * c);
                FloatVector even = d2.fma(minusFour, d4);
                FloatVector odd = d1.fma(minusFour, d3);
                FloatVector even2 = d4.sub(d2);
                FloatVector odd2 = d3.sub(d1);
                odd2 = odd2.add(odd2);
                d0.fma(four, d2.fma(minusFive, d4)).intoArray(half, to);
                even.add(odd).intoArray(half, to + 6 * BLOCK);
                even.sub(odd).intoArray(half, to + 12 * BLOCK);
                even2.add(odd2).intoArray(half, to + 18 * BLOCK);
                even2.sub(odd2).intoArray(half, to + 24 * BLOCK);
                d1.fma(four, d3.fma(minusFive, d5)).intoArray(half, to + 30 * BLOCK);
            }
        }
    }

    private static void inputRows(float[] half, int count, Object v, int to, int plane) throws Throwable {
        FloatVector four = FloatVector.broadcast(SPECIES, 4);
        FloatVector minusFour = FloatVector.broadcast(SPECIES, -4);
        FloatVector minusFive = FloatVector.broadcast(SPECIES, -5);
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
                FloatVector even = d2.fma(minusFour, d4);
                FloatVector odd = d1.fma(minusFour, d3);
                FloatVector even2 = d4.sub(d2);
                FloatVector odd2 = d3.sub(d1);
                odd2 = odd2.add(odd2);
                STORE.invokeExact(d0.fma(four, d2.fma(minusFive, d4)), v, at);
                STORE.invokeExact(even.add(odd), v, at + plane);
                STORE.invokeExact(even.sub(odd), v, at + 2 * plane);
                STORE.invokeExact(even2.add(odd2), v, at + 3 * plane);
                STORE.invokeExact(even2.sub(odd2), v, at + 4 * plane);
                STORE.invokeExact(d1.fma(four, d3.fma(minusFive, d5)), v, at + 5 * plane);
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
            int yOffset)
            throws Throwable {
        Object ms = VectorMemory.of(m);
        // Zeros are added in place of what isn't there, so that the loops have no branches.
        Object biases = bias == null ? Scratch.ZEROS : VectorMemory.of(bias);
        Object residuals = residual == null ? Scratch.ZEROS : VectorMemory.of(residual);
        Object ys = VectorMemory.of(y);
        int side = form.side();
        float[] half = Scratch.ofThread().half;
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
                    int biasAt = bias == null ? 0 : 4 * c;
                    switch (form) {
                        case PLAIN -> {
                            outputColumns(ms, from, plane, count, half);
                            outputRows(half, count, biases, biasAt, residuals, ys, to, line, pixel, down, right);
                        }
                        case SMALL -> {
                            VectorSmallWinograd.outputColumns(ms, from, plane, count, half);
                            VectorSmallWinograd.outputRows(
                                    half, count, biases, biasAt, residuals, ys, to, line, pixel, down, right);
                        }
                        case UPSAMPLED -> {
                            VectorSmallWinograd.upsampledColumns(ms, from, plane, count, half);
                            VectorSmallWinograd.upsampledRows(
                                    half, count, biases, biasAt, residuals, ys, to, line, pixel, down, right);
                        }
                    }
                }
            }
        }
    }

    private static void outputColumns(Object m, int from, int plane, int count, float[] half) throws Throwable {
        FloatVector two = FloatVector.broadcast(SPECIES, 2);
        FloatVector four = FloatVector.broadcast(SPECIES, 4);
        FloatVector eight = FloatVector.broadcast(SPECIES, 8);
        for (int j = 0; j < 6; j++) {
            for (int c = 0; c < count; c += LANES) {
                int at = from + j * plane + 4 * c;
                int to = j * BLOCK + c;
                FloatVector m1 = (FloatVector) LOAD.invokeExact(m, at + 6 * plane);
                FloatVector m2 = (FloatVector) LOAD.invokeExact(m, at + 12 * plane);
                FloatVector m3 = (FloatVector) LOAD.invokeExact(m, at + 18 * plane);
                FloatVector m4 = (FloatVector) LOAD.invokeExact(m, at + 24 * plane);
                FloatVector sum1 = m1.add(m2);
                FloatVector sum3 = m3.add(m4);
                FloatVector difference1 = m1.sub(m2);
                FloatVector difference3 = m3.sub(m4);
                ((FloatVector) LOAD.invokeExact(m, at)).add(sum1).add(sum3).intoArray(half, to);
                difference3.fma(two, difference1).intoArray(half, to + 6 * BLOCK);
                sum3.fma(four, sum1).intoArray(half, to + 12 * BLOCK);
                difference3
                        .fma(eight, difference1)
                        .add((FloatVector) LOAD.invokeExact(m, at + 30 * plane))
                        .intoArray(half, to + 18 * BLOCK);
            }
        }
    }

    private static void outputRows(
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
        FloatVector two = FloatVector.broadcast(SPECIES, 2);
        FloatVector four = FloatVector.broadcast(SPECIES, 4);
        FloatVector eight = FloatVector.broadcast(SPECIES, 8);
        int step = residual == Scratch.ZEROS ? 0 : pixel;
        for (int i = 0; i < rows; i++) {
            for (int c = 0; c < count; c += LANES) {
                int from = i * 6 * BLOCK + c;
                int at = corner + i * line + 4 * c;
                int beside = residual == Scratch.ZEROS ? 4 * c : at;
                FloatVector biases = (FloatVector) LOAD.invokeExact(bias, biasAt + 4 * c);
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
                STORE.invokeExact(first.add(biases).add((FloatVector) LOAD.invokeExact(residual, beside)), y, at);
                if (columns > 1) {
                    STORE.invokeExact(
                            difference3.fma(two, difference1).add(biases).add((FloatVector)
                                    LOAD.invokeExact(residual, beside + step)),
                            y,
                            at + pixel);
                }
                if (columns > 2) {
                    STORE.invokeExact(
                            sum3.fma(four, sum1).add(biases).add((FloatVector)
                                    LOAD.invokeExact(residual, beside + 2 * step)),
                            y,
                            at + 2 * pixel);
                }
                if (columns > 3) {
                    FloatVector last = FloatVector.fromArray(SPECIES, half, from + 5 * BLOCK);
                    STORE.invokeExact(
                            difference3
                                    .fma(eight, difference1)
                                    .add(last)
                                    .add(biases)
                                    .add((FloatVector) LOAD.invokeExact(residual, beside + 3 * step)),
                            y,
                            at + 3 * pixel);
                }
            }
        }
    }

    /** Copying rows of 16 numbers by a buffer's own methods takes several times as long. */
    static void weight(WinogradForm form, ByteBuffer weight, int out, int in, boolean backward, ByteBuffer u)
            throws Throwable {
        Object us = VectorMemory.of(u);
        int plane = 4 * out * in;
        PlainWinograd.weight(
                form, weight, out, in, backward, (at, numbers) -> copy(numbers, form.products(), us, plane, at));
    }

    private static void copy(float[] numbers, int products, Object u, int plane, int at) {
        try {
            for (int n = 0; n < products; n++) {
                for (int lane = 0; lane < PlainWinograd.LANES; lane += LANES) {
                    FloatVector row = FloatVector.fromArray(SPECIES, numbers, n * PlainWinograd.LANES + lane);
                    STORE.invokeExact(row, u, n * plane + 4 * (at + lane));
                }
            }
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }
}
