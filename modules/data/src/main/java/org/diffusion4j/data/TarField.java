package org.diffusion4j.data;

import java.io.IOException;
import java.util.Arrays;

/** Reads the fields of a tar header. */
final class TarField {
    private TarField() {}

    /** Text up to a zero. */
    static byte[] text(byte[] block, int offset, int length) {
        int end = offset;
        while (end < offset + length && block[end] != 0) {
            end++;
        }
        return Arrays.copyOfRange(block, offset, end);
    }

    /** Reads octal digits, or a binary number that is marked by its highest bit. */
    static long number(byte[] block, int offset, int length) throws IOException {
        if (block[offset] < 0) {
            return binary(block, offset, length);
        }
        long value = 0;
        int digits = 0;
        for (int i = offset; i < offset + length; i++) {
            boolean blank = block[i] == ' ' || block[i] == 0;
            if (blank && digits > 0) {
                break;
            } else if (!blank) {
                if (block[i] < '0' || block[i] > '7') {
                    throw new IOException("other bytes in a header where an octal number was expected");
                }
                value = 8 * value + block[i] - '0';
                digits++;
            }
        }
        return value;
    }

    private static long binary(byte[] block, int offset, int length) throws IOException {
        long value = block[offset] & 0x7F;
        for (int i = 1; i < length; i++) {
            if (value >>> 55 != 0) {
                throw new IOException("a size beyond all bounds");
            }
            value = (value << 8) | (block[offset + i] & 0xFF);
        }
        return value;
    }

    /** @throws IOException if it isn't a header, since its bytes don't add up to its checksum */
    static void requireSum(byte[] block) throws IOException {
        long unsigned = 0;
        long signed = 0;
        for (int i = 0; i < block.length; i++) {
            byte each = i >= 148 && i < 156 ? (byte) ' ' : block[i];
            unsigned += each & 0xFF;
            signed += each; // the sum of some old programs
        }
        long sum = number(block, 148, 8);
        if (sum != unsigned && sum != signed) {
            throw new IOException("a header whose sum is wrong: damaged, or no tar");
        }
    }
}
