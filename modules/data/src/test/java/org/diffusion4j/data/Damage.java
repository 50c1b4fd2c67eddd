package org.diffusion4j.data;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;

/** Bytes that went wrong: a few are changed, mostly in the header, and some files are cut. */
final class Damage {
    private Damage() {}

    static byte[] of(byte[] whole, Random random) {
        byte[] file = whole.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(3) == 0 ? random.nextInt(file.length) : random.nextInt(Math.min(file.length, 200));
            file[at] = switch (random.nextInt(4)) {
                case 0 -> (byte) random.nextInt(256);
                case 1 -> -1;
                case 2 -> 0;
                default -> (byte) (file[at] ^ 1 << random.nextInt(8));
            };
        }
        if (random.nextInt(4) == 0) {
            file = Arrays.copyOf(file, random.nextInt(file.length));
        }
        if (random.nextBoolean()) {
            mendPng(file);
        }
        return file;
    }

    /** So that what is behind a PNG's checksums is tried too. */
    private static void mendPng(byte[] file) {
        ByteBuffer png = ByteBuffer.wrap(file);
        if (file.length < 8 || png.getInt(0) != 0x89504E47) {
            return;
        }
        for (int at = 8; at + 12 <= file.length; ) {
            int length = png.getInt(at);
            if (length < 0 || length > file.length - at - 12) {
                return;
            }
            CRC32 sum = new CRC32();
            sum.update(file, at + 4, length + 4);
            png.putInt(at + 8 + length, (int) sum.getValue());
            at += 12 + length;
        }
    }
}
