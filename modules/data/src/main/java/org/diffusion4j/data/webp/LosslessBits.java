package org.diffusion4j.data.webp;

import java.io.IOException;

/** Reads bits, the lowest bit of a byte first. */
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

    /** Looks at the next bits without consuming them: at least 16, with zeros after the end. */
    int peek() {
        while (held <= 48 && at < end) {
            window |= (data[at++] & 255L) << held;
            held += 8;
        }
        return (int) window;
    }

    /** @throws IOException if this goes beyond the end */
    void skip(int bits) throws IOException {
        if (bits > held) {
            throw WebP.cut();
        }
        window >>>= bits;
        held -= bits;
    }

    /** @param bits the number of bits, 0 to 24 */
    int read(int bits) throws IOException {
        int value = peek() & (1 << bits) - 1;
        skip(bits);
        return value;
    }

    boolean flag() throws IOException {
        return read(1) == 1;
    }
}
