package org.diffusion4j.weights.tensor;

/**
 * IEEE 754 half precision as bits: 1 sign, 5 exponent (bias 15), 10 mantissa. Widening is exact; narrowing rounds
 * to the nearest, ties to even, as PyTorch does. (Java has these conversions since version 20.)
 */
final class HalfPrecision {
    private HalfPrecision() {}

    /** The bits of the float with the same value. A NaN keeps its payload. */
    static int widen(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >> 10 & 0x1f;
        int mantissa = half & 0x3ff;
        if (exponent == 0x1f) {
            return sign | 0x7f800000 | mantissa << 13;
        }
        if (exponent == 0) {
            // Zero or subnormal: mantissa × 2^-24, which a float holds exactly.
            return sign | Float.floatToRawIntBits(mantissa * 0x1p-24f);
        }
        return sign | (exponent + (127 - 15)) << 23 | mantissa << 13;
    }

    /** The half nearest to a float given by its bits. A NaN stays a NaN and keeps the upper part of its payload. */
    static short narrow(int floatBits) {
        int sign = floatBits >>> 16 & 0x8000;
        int magnitude = floatBits & 0x7fffffff;
        if (magnitude > 0x7f800000) {
            int payload = magnitude >> 13 & 0x3ff;
            return (short) (sign | 0x7c00 | (payload == 0 ? 0x200 : payload));
        }
        if (magnitude >= 0x47800000) { // 2^16 and more, including infinity
            return (short) (sign | 0x7c00);
        }
        if (magnitude < 0x38800000) { // below 2^-14: subnormal, a multiple of 2^-24
            return (short) (sign | (int) Math.rint((double) Float.intBitsToFloat(magnitude) * 0x1p24));
        }
        int even = magnitude >> 13 & 1;
        int rounded = magnitude + 0xfff
                + even; // may carry into the exponent, and gives infinity from 65520 on; both are right
        return (short) (sign | ((rounded >> 13) - ((127 - 15) << 10)));
    }
}
