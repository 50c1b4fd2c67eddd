package org.diffusion4j.data.webp;

/** Turns coefficients into the values that are added to a prediction: RFC 6386, section 14. */
final class Vp8Transform {
    /** The values between the passes over columns and rows. */
    private final int[] half = new int[16];

    /** Computes the means of a macroblock's sixteen blocks by an inverse Walsh-Hadamard transform. */
    void spreadMeans(short[] means, short[] coefficients) {
        for (int i = 0; i < 4; i++) {
            int a = means[i] + means[12 + i];
            int b = means[4 + i] + means[8 + i];
            int c = means[4 + i] - means[8 + i];
            int d = means[i] - means[12 + i];
            half[i] = a + b;
            half[8 + i] = a - b;
            half[4 + i] = d + c;
            half[12 + i] = d - c;
        }
        for (int i = 0; i < 4; i++) {
            int rounded = half[4 * i] + 3;
            int a = rounded + half[4 * i + 3];
            int b = half[4 * i + 1] + half[4 * i + 2];
            int c = half[4 * i + 1] - half[4 * i + 2];
            int d = rounded - half[4 * i + 3];
            coefficients[64 * i] = (short) ((a + b) >> 3);
            coefficients[64 * i + 16] = (short) ((d + c) >> 3);
            coefficients[64 * i + 32] = (short) ((a - b) >> 3);
            coefficients[64 * i + 48] = (short) ((d - c) >> 3);
        }
    }

    /** Adds a block's inverse cosine transform to the 4x4 pixels at {@code at}. */
    void add(short[] coefficients, int from, byte[] pixels, int at, int stride) {
        boolean nothing = true;
        for (int i = 0; i < 16 && nothing; i++) {
            nothing = coefficients[from + i] == 0;
        }
        if (nothing) {
            return;
        }
        for (int i = 0; i < 4; i++) {
            int in0 = coefficients[from + i];
            int in1 = coefficients[from + 4 + i];
            int in2 = coefficients[from + 8 + i];
            int in3 = coefficients[from + 12 + i];
            int c = low(in1) - high(in3);
            int d = high(in1) + low(in3);
            half[4 * i] = in0 + in2 + d;
            half[4 * i + 1] = in0 - in2 + c;
            half[4 * i + 2] = in0 - in2 - c;
            half[4 * i + 3] = in0 + in2 - d;
        }
        for (int y = 0; y < 4; y++) {
            int rounded = half[y] + 4;
            int c = low(half[4 + y]) - high(half[12 + y]);
            int d = high(half[4 + y]) + low(half[12 + y]);
            int row = at + y * stride;
            addTo(pixels, row, rounded + half[8 + y] + d);
            addTo(pixels, row + 1, rounded - half[8 + y] + c);
            addTo(pixels, row + 2, rounded - half[8 + y] - c);
            addTo(pixels, row + 3, rounded + half[8 + y] - d);
        }
    }

    /** Times √2·sin(π/8). */
    private static int low(int value) {
        return (value * 35468) >> 16;
    }

    /** Times √2·cos(π/8). */
    private static int high(int value) {
        return ((value * 20091) >> 16) + value;
    }

    private static void addTo(byte[] pixels, int at, int eighths) {
        pixels[at] = (byte) Math.max(0, Math.min(255, (pixels[at] & 255) + (eighths >> 3)));
    }
}
