package org.diffusion4j.data.webp;

import java.io.IOException;

/** Bits, the lowest of a byte first. */
final class LosslessBits {
    private final byte[] data;
    private final int end;
    private int at;
    private long window;
    private int held;

    LosslessBits(byte[] data, int start, int end) {
        this.data = data;
        this.at = start;
        this.end = end;
    }

    /** The next bits without taking them: at least 16, zeros after the end. */
    int peek() {
        while (held <= 48 && at < end) {
            window |= (data[at++] & 255L) << held;
            held += 8;
        }
        return (int) window;
    }

    /** @throws IOException beyond the end */
    void skip(int bits) throws IOException {
        if (bits > held) {
            throw WebP.cut();
        }
        window >>>= bits;
        held -= bits;
    }

    /** @param bits 0 to 24 */
    int read(int bits) throws IOException {
        int value = peek() & (1 << bits) - 1;
        skip(bits);
        return value;
    }

    boolean flag() throws IOException {
        return read(1) == 1;
    }
}
