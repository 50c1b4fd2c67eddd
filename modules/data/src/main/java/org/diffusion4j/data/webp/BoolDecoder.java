package org.diffusion4j.data.webp;

/** The arithmetic decoder of RFC 6386, section 7. */
final class BoolDecoder {
    private static final int BYTES_AT_ONCE = 5;

    private final byte[] data;
    private final int end;
    private int at;
    /** The range minus one, from which the split is computed. */
    private int range = 254;

    private long value;
    /** The number of bits of the value below the byte that is compared with the split. */
    private int below = -8;

    private boolean exhausted;

    BoolDecoder(byte[] data, int start, int end) {
        this.data = data;
        this.at = start;
        this.end = end;
    }

    /** Whether more was read than there are bytes; zeros were read instead. */
    boolean exhausted() {
        return exhausted;
    }

    /** @param probability the probability that the bit is 0, in 256ths */
    int bit(int probability) {
        if (below < 0) {
            load();
        }
        int split = (range * probability) >> 8;
        int bit = (int) (value >>> below) > split ? 1 : 0;
        int left = split + 1;
        if (bit == 1) {
            value -= (long) (split + 1) << below;
            left = range - split;
        }
        int shift = Integer.numberOfLeadingZeros(left) - 24;
        range = (left << shift) - 1;
        below -= shift;
        return bit;
    }

    private void load() {
        if (at == end) {
            exhausted = true;
            value <<= 8;
            below += 8;
            return;
        }
        for (int i = 0; i < BYTES_AT_ONCE && at < end; i++) {
            value = value << 8 | (data[at++] & 255);
            below += 8;
        }
    }

    boolean flag() {
        return bit(128) == 1;
    }

    /** Reads an unsigned number, whose highest bit comes first. */
    int number(int bits) {
        int number = 0;
        for (int i = 0; i < bits; i++) {
            number = 2 * number + bit(128);
        }
        return number;
    }

    /** Reads a flag and, if it is set, a number and its sign; otherwise the number is 0. */
    int optional(int bits) {
        return flag() ? signed(number(bits)) : 0;
    }

    int signed(int magnitude) {
        return flag() ? -magnitude : magnitude;
    }
}
