package org.diffusion4j.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/** The header's length, the header (JSON), and the tensors' bytes. */
final class SafetensorsForm implements Form {
    private static final JsonForm HEADER = new JsonForm();

    /** Header and data of a file that is whole. */
    private record Split(byte[] header, byte[] data) {
        static Split of(byte[] file) {
            int length = Math.toIntExact(
                    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong());
            return new Split(
                    Arrays.copyOfRange(file, Long.BYTES, Long.BYTES + length),
                    Arrays.copyOfRange(file, Long.BYTES + length, file.length));
        }
    }

    @Override
    public byte[] mutated(byte[] file, byte[] other, Random random) {
        Split split = Split.of(file);
        byte[] header = split.header();
        byte[] data = split.data();
        int kind = random.nextInt(10);
        if (kind < 6) {
            header = HEADER.mutated(header, Split.of(other).header(), random);
        } else if (kind < 8) {
            header = ByteMutations.mutated(header, Split.of(other).header(), random);
        } else {
            data = ByteMutations.mutated(data, Split.of(other).data(), random);
        }
        long length = random.nextInt(8) == 0
                ? Numbers.interesting(header.length, Long.BYTES, file.length, random)
                : header.length;
        byte[] changed = ByteMutations.joined(
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(length)
                        .array(),
                header,
                data);
        return random.nextInt(10) == 0 ? ByteMutations.mutated(changed, other, random) : changed;
    }
}
