package org.diffusion4j.weights.tensor;

/** bfloat16: the upper 16 bits of a float. Narrowing rounds to the nearest, ties to even, as PyTorch does. */
final class BrainFloat {
    private BrainFloat() {}

    /** The bits of the float with the same value. */
    static int widen(short brain) {
        return brain << 16;
    }

    /** The bfloat16 nearest to a float given by its bits. A NaN stays a NaN and keeps the upper part of its payload. */
    static short narrow(int floatBits) {
        if ((floatBits & 0x7fffffff) > 0x7f800000) {
            int upper = floatBits >>> 16;
            return (short) ((upper & 0x7f) == 0 ? upper | 0x40 : upper);
        }
        int even = floatBits >>> 16 & 1;
        return (short) ((floatBits + 0x7fff + even) >>> 16);
    }
}
