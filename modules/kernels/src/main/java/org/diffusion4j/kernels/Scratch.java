package org.diffusion4j.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The memory of a thread that loops by vectors use between them. New arrays for each call would be most of what the collector has to
 * do while networks run.
 */
final class Scratch {
    /** How many channels of a tile Winograd's transforms process at a time. */
    static final int CHANNELS = 64;

    /** How many numbers the other loops process at a time; they stay in the nearest cache from one loop to the next. */
    static final int LENGTH = 1024;

    /** {@link #CHANNELS} zeros, as {@link VectorMemory#of} gives them: in place of operands and pixels that don't exist. */
    static final Object ZEROS =
            VectorMemory.of(ByteBuffer.allocateDirect(4 * CHANNELS).order(ByteOrder.nativeOrder()));

    private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

    /** As many numbers as Winograd's largest transform has between its passes. */
    final float[] half = new float[36 * CHANNELS];

    final float[] first = new float[LENGTH];
    final float[] second = new float[LENGTH];
    final float[] third = new float[LENGTH];

    private Scratch() {}

    /** This thread's arrays; what is in them doesn't matter. */
    static Scratch ofThread() {
        return OF_THREAD.get();
    }
}
