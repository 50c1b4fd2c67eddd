package org.diffusion4j.kernels;

import static org.diffusion4j.kernels.VectorMemory.LOAD;
import static org.diffusion4j.kernels.VectorMemory.STORE;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The transform of a result's gradient for the gradient of a 3×3 convolution's weight, by the widest vectors. */
final class VectorWinogradGradient {
    private static final VectorSpecies<Float> SPECIES = VectorMemory.SPECIES;
    private static final int LANES = SPECIES.length();
    private static final int BLOCK = Scratch.CHANNELS;

    private VectorWinogradGradient() {}

    static void output(ByteBuffer dy, int yOffset, TileRows rows, ByteBuffer u) throws Throwable {
        Object ys = VectorMemory.of(dy);
        Object us = VectorMemory.of(u);
        float[] half = Scratch.ofThread().half;
        int across = rows.across(4);
        int channels = rows.channels();
        int line = 4 * rows.width() * channels;
        for (int ty = rows.fromRow(); ty < rows.toRow(); ty++) {
            int down = Math.min(4, rows.height() - 4 * ty);
            for (int tx = 0; tx < across; tx++) {
                int corner = yOffset + 4 * ty * line + 16 * tx * channels;
                int right = Math.min(4, rows.width() - 4 * tx);
                int to = rows.at(0, (ty - rows.fromRow()) * across + tx, 0);
                for (int c = 0; c < channels; c += BLOCK) {
                    int count = Math.min(BLOCK, channels - c);
                    columns(ys, corner + 4 * c, line, 4 * channels, count, down, right, half);
                    rows(half, count, us, to + 4 * c, 4 * rows.plane());
                }
            }
        }
    }

    /** Copying rows of 16 numbers by a buffer's own methods takes several times as long. */
    static void weight(ByteBuffer m, int out, int in, ByteBuffer gradient) {
        Object ms = VectorMemory.of(m);
        int plane = 4 * out * in;
        PlainWinogradGradient.weight((at, all) -> copy(ms, plane, at, all), out, in, gradient);
    }

    private static void copy(Object m, int plane, int at, float[] all) {
        try {
            for (int n = 0; n < 36; n++) {
                for (int lane = 0; lane < PlainWinogradGradient.LANES; lane += LANES) {
                    ((FloatVector) LOAD.invokeExact(m, n * plane + 4 * (at + lane)))
                            .intoArray(all, n * PlainWinogradGradient.LANES + lane);
                }
            }
        } catch (Throwable e) {
            throw VectorMemory.unchecked(e);
        }
    }

    /** A·d; what is outside the image counts as zero. */
    private static void columns(
            Object y, int corner, int line, int pixel, int count, int rows, int columns, float[] half)
            throws Throwable {
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector four = FloatVector.broadcast(SPECIES, 4);
        FloatVector eight = FloatVector.broadcast(SPECIES, 8);
        for (int j = 0; j < 4; j++) {
            boolean there = j < columns;
            for (int c = 0; c < count; c += LANES) {
                int at = corner + j * pixel + 4 * c;
                int to = j * BLOCK + c;
                FloatVector d0 = there ? (FloatVector) LOAD.invokeExact(y, at) : zero;
                FloatVector d1 = there && rows > 1 ? (FloatVector) LOAD.invokeExact(y, at + line) : zero;
                FloatVector d2 = there && rows > 2 ? (FloatVector) LOAD.invokeExact(y, at + 2 * line) : zero;
                FloatVector d3 = there && rows > 3 ? (FloatVector) LOAD.invokeExact(y, at + 3 * line) : zero;
                FloatVector even = d0.add(d2);
                FloatVector odd = d1.add(d3);
                FloatVector even4 = d2.fma(four, d0);
                FloatVector odd4 = d3.fma(eight, d1.add(d1));
                d0.intoArray(half, to);
                even.add(odd).intoArray(half, to + 4 * BLOCK);
                even.sub(odd).intoArray(half, to + 8 * BLOCK);
                even4.add(odd4).intoArray(half, to + 12 * BLOCK);
                even4.sub(odd4).intoArray(half, to + 16 * BLOCK);
                d3.intoArray(half, to + 20 * BLOCK);
            }
        }
    }

    /** (A·d)·Aᵀ. */
    private static void rows(float[] half, int count, Object u, int to, int plane) throws Throwable {
        FloatVector four = FloatVector.broadcast(SPECIES, 4);
        FloatVector eight = FloatVector.broadcast(SPECIES, 8);
        for (int i = 0; i < 6; i++) {
            for (int c = 0; c < count; c += LANES) {
                int from = i * 4 * BLOCK + c;
                int at = to + i * 6 * plane + 4 * c;
                FloatVector d0 = FloatVector.fromArray(SPECIES, half, from);
                FloatVector d1 = FloatVector.fromArray(SPECIES, half, from + BLOCK);
                FloatVector d2 = FloatVector.fromArray(SPECIES, half, from + 2 * BLOCK);
                FloatVector d3 = FloatVector.fromArray(SPECIES, half, from + 3 * BLOCK);
                FloatVector even = d0.add(d2);
                FloatVector odd = d1.add(d3);
                FloatVector even4 = d2.fma(four, d0);
                FloatVector odd4 = d3.fma(eight, d1.add(d1));
                STORE.invokeExact(d0, u, at);
                STORE.invokeExact(even.add(odd), u, at + plane);
                STORE.invokeExact(even.sub(odd), u, at + 2 * plane);
                STORE.invokeExact(even4.add(odd4), u, at + 3 * plane);
                STORE.invokeExact(even4.sub(odd4), u, at + 4 * plane);
                STORE.invokeExact(d3, u, at + 5 * plane);
            }
        }
    }
}
