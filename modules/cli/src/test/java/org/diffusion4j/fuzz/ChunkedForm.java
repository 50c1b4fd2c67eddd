package org.diffusion4j.fuzz;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A binary format of chunks and of fields that hold lengths, sizes and counts. */
abstract class ChunkedForm implements Form {
    private static final int MOST_CHANGES = 4;

    /** Where a number stands. */
    record Field(int at, int bytes, ByteOrder order) {}

    /** From one byte to before another. */
    record Chunk(int from, int to) {}

    /** What a file is made of, as far as it can be followed. */
    static final class Parts {
        final List<Field> fields = new ArrayList<>();
        final List<Chunk> chunks = new ArrayList<>();
        private final byte[] file;
        private final ByteOrder order;

        Parts(byte[] file, ByteOrder order) {
            this.file = file;
            this.order = order;
        }

        void field(int at, int bytes) {
            if (at >= 0 && at + bytes <= file.length) {
                fields.add(new Field(at, bytes, order));
            }
        }

        void chunk(int from, int to) {
            if (from >= 0 && from < to && to <= file.length) {
                chunks.add(new Chunk(from, to));
            }
        }

        long number(int at, int bytes) {
            return at < 0 || at + bytes > file.length ? 0 : get(file, new Field(at, bytes, order));
        }
    }

    /** Follows a file that may be changed already. */
    abstract Parts parts(byte[] file);

    /** Makes sums and lengths right again, so that what is behind them is reached. */
    abstract byte[] mended(byte[] file);

    @Override
    public byte[] mutated(byte[] file, byte[] other, Random random) {
        byte[] changed = file;
        for (int i = random.nextInt(MOST_CHANGES); i >= 0; i--) {
            changed = changed(changed, other, random);
        }
        if (random.nextInt(4) > 0) {
            changed = mended(changed.clone());
        }
        return changed.length <= ByteMutations.MOST_BYTES ? changed : Arrays.copyOf(changed, ByteMutations.MOST_BYTES);
    }

    private byte[] changed(byte[] file, byte[] other, Random random) {
        Parts parts = parts(file);
        int kind = random.nextInt(10);
        if (kind < 5 && !parts.fields.isEmpty()) {
            // Half of the time one near the beginning, where the sizes of the whole are.
            int count = random.nextBoolean() ? parts.fields.size() : Math.min(parts.fields.size(), 8);
            Field field = parts.fields.get(random.nextInt(count));
            byte[] changed = file.clone();
            put(changed, field, Numbers.interesting(get(file, field), field.bytes(), file.length, random));
            return changed;
        } else if (kind < 8 && !parts.chunks.isEmpty()) {
            return rearranged(file, parts.chunks, other, random);
        }
        return ByteMutations.mutated(file, other, random);
    }

    private byte[] rearranged(byte[] file, List<Chunk> chunks, byte[] other, Random random) {
        Chunk chunk = chunks.get(random.nextInt(chunks.size()));
        byte[] bytes = Arrays.copyOfRange(file, chunk.from(), chunk.to());
        byte[] before = Arrays.copyOf(file, chunk.from());
        byte[] after = Arrays.copyOfRange(file, chunk.to(), file.length);
        int place = chunks.get(random.nextInt(chunks.size())).from();
        switch (random.nextInt(5)) {
            case 0 -> {
                return ByteMutations.joined(before, after);
            }
            case 1 -> {
                int times = random.nextInt(8) == 0 ? 1 + random.nextInt(2000) : 1 + random.nextInt(3);
                times = Math.max(1, Math.min(times, (ByteMutations.MOST_BYTES - file.length) / bytes.length));
                byte[] many = new byte[times * bytes.length];
                for (int i = 0; i < times; i++) {
                    System.arraycopy(bytes, 0, many, i * bytes.length, bytes.length);
                }
                return ByteMutations.inserted(file, chunk.to(), many);
            }
            case 2 -> {
                byte[] without = ByteMutations.joined(before, after);
                return ByteMutations.inserted(without, Math.min(place, without.length), bytes);
            }
            case 3 -> {
                List<Chunk> others = parts(other).chunks;
                if (others.isEmpty()) {
                    return before;
                }
                Chunk stranger = others.get(random.nextInt(others.size()));
                return ByteMutations.inserted(file, place, Arrays.copyOfRange(other, stranger.from(), stranger.to()));
            }
            default -> {
                return ByteMutations.joined(before, ByteMutations.mutated(bytes, bytes, random), after);
            }
        }
    }

    static long get(byte[] file, Field field) {
        long value = 0;
        for (int i = 0; i < field.bytes(); i++) {
            int at = field.order() == ByteOrder.BIG_ENDIAN ? i : field.bytes() - 1 - i;
            value = value << 8 | (file[field.at() + at] & 255);
        }
        return value;
    }

    static void put(byte[] file, Field field, long value) {
        for (int i = 0; i < field.bytes(); i++) {
            int at = field.order() == ByteOrder.BIG_ENDIAN ? field.bytes() - 1 - i : i;
            file[field.at() + at] = (byte) (value >>> (8 * i));
        }
    }
}
