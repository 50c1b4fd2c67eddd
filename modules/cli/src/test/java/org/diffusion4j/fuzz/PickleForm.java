package org.diffusion4j.fuzz;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** Instructions of a pickle, with their numbers and lengths; one pickle may follow another. */
final class PickleForm extends ChunkedForm {
    /** Codes without an argument, so that one in another's place leaves the rest as it is. */
    private static final byte[] PLAIN = plain();

    private static byte[] plain() {
        byte[] codes = "(.012NRabed}luts]o)Q".getBytes(StandardCharsets.US_ASCII);
        return ByteMutations.joined(codes, HexFormat.of().parseHex("818586878889" + "8f90919293949798"));
    }

    @Override
    public byte[] mutated(byte[] file, byte[] other, Random random) {
        byte[] changed = super.mutated(file, other, random).clone();
        List<Chunk> plain = parts(changed).chunks.stream()
                .filter(chunk -> chunk.to() == chunk.from() + 1)
                .toList();
        if (random.nextInt(3) == 0 && !plain.isEmpty()) {
            changed[plain.get(random.nextInt(plain.size())).from()] = PLAIN[random.nextInt(PLAIN.length)];
        }
        return changed;
    }

    /** Codes whose argument is a number of so many bytes. */
    private static int numberBytes(int code) {
        return switch (code) {
            case 'K', 'h', 'q', 0x80 -> 1;
            case 'M' -> 2;
            case 'J', 'j', 'r' -> 4;
            case 'G', 0x95 -> 8;
            default -> 0;
        };
    }

    /** Codes whose argument is a length of so many bytes and what it is of. */
    private static int lengthBytes(int code) {
        return switch (code) {
            case 'U', 'C', 0x8a, 0x8c -> 1;
            case 'X', 'T', 'B', 0x8b -> 4;
            case 0x8d, 0x8e, 0x96 -> 8;
            default -> 0;
        };
    }

    @Override
    Parts parts(byte[] file) {
        Parts parts = new Parts(file, ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        while (at < file.length) {
            int code = file[at] & 0xff;
            int number = numberBytes(code);
            int length = lengthBytes(code);
            long end = at + 1L + number + length;
            if (number > 0) {
                parts.field(at + 1, number);
            } else if (length > 0) {
                parts.field(at + 1, length);
                parts.field(at + 1 + length, 1);
                end += Math.max(0, Math.min(file.length, parts.number(at + 1, length)));
            } else if (code == 'c') {
                end = line(file, line(file, at + 1));
            }
            end = Math.min(file.length, end);
            parts.chunk(at, (int) end);
            at = (int) end;
        }
        return parts;
    }

    private static int line(byte[] file, int from) {
        int end = from;
        while (end < file.length && file[end] != '\n') {
            end++;
        }
        return Math.min(file.length, end + 1);
    }

    /** Nothing in a pickle sums up others. */
    @Override
    byte[] mended(byte[] file) {
        return file;
    }
}
