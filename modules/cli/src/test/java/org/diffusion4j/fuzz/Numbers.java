package org.diffusion4j.fuzz;

import java.util.Random;

/** Values that lengths, sizes and counts go wrong at. */
final class Numbers {
    private static final long[] VALUES = {
        0,
        1,
        2,
        3,
        7,
        8,
        16,
        255,
        256,
        1000,
        4096,
        10_000,
        16_383,
        16_384,
        32_767,
        32_768,
        65_500,
        65_535,
        65_536,
        1 << 20,
        1 << 24,
        1 << 28,
        Integer.MAX_VALUE - 8,
        Integer.MAX_VALUE,
        1L << 31,
        (1L << 32) - 1,
        1L << 32,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        -2,
        -8
    };

    private Numbers() {}

    /** @param bytes the field's width: the value is cut to it by whoever writes it */
    static long interesting(long before, int bytes, int fileLength, Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> before + 1;
            case 1 -> before - 1;
            case 2 -> before * (2 + random.nextInt(20));
            case 3 -> fileLength + random.nextInt(5) - 2L;
            case 4 -> (1L << (8 * bytes - 1)) - random.nextInt(2);
            case 5 -> random.nextInt(32);
            default -> VALUES[random.nextInt(VALUES.length)];
        };
    }
}
