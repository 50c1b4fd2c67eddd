package org.diffusion4j.weights.tensor;

import java.nio.ByteBuffer;

/**
 * Looks for numbers that aren't finite among the bytes of a tensor. The loops have a form that the JVM turns into vector
 * instructions: they take less time than reading the file.
 */
final class FiniteScan {
    private static final int AT_ONCE = 1 << 13;
    /** So many bytes stay in the cache from reading to the scan. */
    private static final int NEAR = 1 << 18;

    private final short[] halves = new short[AT_ONCE];
    private final int[] words = new int[AT_ONCE];

    /**
     * A buffer to read into.
     *
     * @param left how many bytes there still are
     */
    ByteBuffer window(long left) {
        return Window.of(Math.min(NEAR, left));
    }

    /**
     * Whether all numbers are finite.
     *
     * @param type the numbers' type
     * @param bytes a whole number of elements, little-endian; they are read to the end
     */
    boolean isFinite(TensorType type, ByteBuffer bytes) {
        return switch (type) {
            case F16 -> areFinite(bytes, 0x7C00);
            case BF16 -> areFinite(bytes, 0x7F80);
            case F32 -> areFinite(bytes);
            default -> areFiniteFloats(bytes);
        };
    }

    /** @param exponent the bits of an exponent that is all ones: that of infinities and NaN */
    private boolean areFinite(ByteBuffer bytes, int exponent) {
        // One more in the lowest bit of such an exponent, and of no other, carries into the sign's bit.
        int lowest = exponent & -exponent;
        while (bytes.hasRemaining()) {
            int count = Math.min(AT_ONCE, bytes.remaining() / Short.BYTES);
            bytes.asShortBuffer().get(halves, 0, count);
            bytes.position(bytes.position() + count * Short.BYTES);
            int carries = 0;
            for (int i = 0; i < count; i++) {
                carries |= (halves[i] & exponent) + lowest;
            }
            if ((carries & 0x8000) != 0) {
                return false;
            }
        }
        return true;
    }

    private boolean areFinite(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            int count = Math.min(AT_ONCE, bytes.remaining() / Integer.BYTES);
            bytes.asIntBuffer().get(words, 0, count);
            bytes.position(bytes.position() + count * Integer.BYTES);
            int carries = 0;
            for (int i = 0; i < count; i++) {
                carries |= (words[i] & 0x7F800000) + 0x00800000;
            }
            if (carries < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean areFiniteFloats(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            if (!Float.isFinite((float) bytes.getDouble())) {
                return false;
            }
        }
        return true;
    }
}
