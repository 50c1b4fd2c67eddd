package org.diffusion4j.fuzz;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Random;

/** Blocks of 512 bytes: headers whose numbers are octal text, each followed by its file. */
final class TarForm extends ChunkedForm {
    private static final int BLOCK = 512;
    private static final int SIZE = 124;
    private static final int SUM = 148;
    private static final int TYPE = 156;
    private static final String[] SIZES = {
        "00000000000",
        "00000000001",
        "77777777777",
        "-0000000001",
        "00000001000",
        "17777777777",
        "20000000000",
        "zzz",
        "           ",
        "\u0080\u0000\u0000\u0000\u007F\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF",
        "\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF"
    };

    @Override
    Parts parts(byte[] file) {
        Parts parts = new Parts(file, ByteOrder.BIG_ENDIAN);
        for (int at = 0; at + BLOCK <= file.length && file[at] != 0; ) {
            long length = size(file, at);
            for (int field : new int[] {0, 1, SIZE, SIZE + 10, TYPE, 157, 345}) {
                parts.field(at + field, 1);
            }
            long end = at + BLOCK + (length + BLOCK - 1) / BLOCK * BLOCK;
            if (length > BLOCK) {
                parts.field(at + BLOCK, 1); // of a file's own bytes, a pax header's length among them
            }
            if (end > file.length) {
                break;
            }
            parts.chunk(at, (int) end);
            at = (int) end;
        }
        return parts;
    }

    private static long size(byte[] file, int header) {
        long size = 0;
        for (int i = header + SIZE; i < header + SIZE + 11; i++) {
            size = file[i] >= '0' && file[i] <= '7' ? size * 8 + file[i] - '0' : size;
        }
        return size;
    }

    @Override
    public byte[] mutated(byte[] file, byte[] other, Random random) {
        byte[] changed = file;
        if (random.nextInt(3) == 0) {
            // A header's own: sizes in all the ways that they are written in, types, names.
            changed = file.clone();
            Parts parts = parts(changed);
            for (int i = random.nextInt(2); i >= 0 && !parts.chunks.isEmpty(); i--) {
                int header =
                        parts.chunks.get(random.nextInt(parts.chunks.size())).from();
                switch (random.nextInt(3)) {
                    case 0 -> write(changed, header + SIZE, SIZES[random.nextInt(SIZES.length)]);
                    case 1 -> changed[header + TYPE] = (byte) "012345 7SLKxgDNMV\u0000A".charAt(random.nextInt(19));
                    default -> write(changed, header + random.nextInt(20), Texts.odd(random, 40));
                }
            }
            if (random.nextBoolean()) {
                return mended(changed);
            }
        }
        return super.mutated(changed, other, random);
    }

    private static void write(byte[] file, int at, String text) {
        byte[] bytes = text.getBytes(text.contains("\u00FF") ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, file, at, Math.min(Math.min(bytes.length, 80), file.length - at));
    }

    @Override
    byte[] mended(byte[] file) {
        for (Chunk chunk : parts(file).chunks) {
            int sum = 8 * ' ';
            for (int i = 0; i < BLOCK; i++) {
                sum += i >= SUM && i < SUM + 8 ? 0 : file[chunk.from() + i] & 255;
            }
            write(file, chunk.from() + SUM, String.format(Locale.ROOT, "%06o\0 ", sum));
        }
        return file;
    }
}
