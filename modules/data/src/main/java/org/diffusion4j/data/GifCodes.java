package org.diffusion4j.data;

import java.io.IOException;
import java.nio.ByteBuffer;

/** GIF's variant of LZW. */
final class GifCodes {
    private static final int LONGEST_CODE = 12;
    private static final int MOST_CODES = 1 << LONGEST_CODE;

    private final ByteBuffer in;
    private final int literalBits;
    private final int clear;
    /** The string of a code is that of another code plus one pixel. */
    private final short[] before = new short[MOST_CODES];

    private final byte[] last = new byte[MOST_CODES];
    private final byte[] string = new byte[MOST_CODES];
    private int start;

    private int next;
    private int bits;
    private int previous;
    private int window;
    private int held;
    private int blockLeft;

    /** @param in positioned at the byte that says how many bits a pixel has */
    GifCodes(ByteBuffer in) throws IOException {
        this.in = in;
        this.literalBits = in.get() & 255;
        if (literalBits < 1 || literalBits > 8) {
            throw new IOException("expected pixels of 1 to 8 bits, found " + literalBits);
        }
        this.clear = 1 << literalBits;
        clear();
    }

    /**
     * The largest number of pixels that a number of bytes can code: each code stands for at most one pixel more than the
     * longest code before it.
     */
    static long mostPixels(long bytes) {
        long codes = bytes * 8 / 2;
        long growing = Math.min(codes, MOST_CODES);
        return growing * (growing + 1) / 2 + (codes - growing) * MOST_CODES;
    }

    private void clear() {
        next = clear + 2;
        bits = literalBits + 1;
        previous = -1;
    }

    /** The beginning of the string that {@link #next} gave. */
    int start() {
        return start;
    }

    /**
     * Reads the next code. Its pixels are at the end of the array.
     *
     * @throws IOException if there are no more, or they are damaged
     */
    byte[] next() throws IOException {
        int code = code();
        while (code == clear) {
            clear();
            code = code();
        }
        if (code == clear + 1) {
            throw PictureFormat.cut();
        }
        boolean repeats = code == next;
        if (code > next || (repeats && next == MOST_CODES) || (code > clear && previous < 0)) {
            throw new IOException("the pixels' codes are damaged");
        }
        start = string.length - (repeats ? 1 : 0);
        int at = repeats ? previous : code;
        for (; at > clear; at = before[at]) {
            string[--start] = last[at];
        }
        string[--start] = (byte) at;
        if (repeats) {
            string[string.length - 1] = (byte) at;
        }
        if (previous >= 0 && next < MOST_CODES) {
            before[next] = (short) previous;
            last[next] = (byte) at;
            next++;
            bits += next == 1 << bits && bits < LONGEST_CODE ? 1 : 0;
        }
        previous = code;
        return string;
    }

    private int code() throws IOException {
        for (; held < bits; held += 8) {
            if (blockLeft == 0) {
                blockLeft = in.get() & 255;
                if (blockLeft == 0) {
                    throw PictureFormat.cut();
                }
            }
            blockLeft--;
            window |= (in.get() & 255) << held;
        }
        int code = window & (1 << bits) - 1;
        window >>>= bits;
        held -= bits;
        return code;
    }
}
