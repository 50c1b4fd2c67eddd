package org.diffusion4j.fuzz;

import java.util.Arrays;
import java.util.Random;

/** Changes of bytes, whatever they stand for. */
final class ByteMutations {
    /** No input grows beyond this: the budget of time is the same for all. */
    static final int MOST_BYTES = 1 << 18;

    private ByteMutations() {}

    static byte[] mutated(byte[] file, byte[] other, Random random) {
        if (file.length == 0) {
            return other.clone();
        }
        int at = random.nextInt(random.nextBoolean() ? Math.min(file.length, 64) : file.length);
        switch (random.nextInt(8)) {
            case 0 -> {
                return Arrays.copyOf(file, at);
            }
            case 1 -> {
                int from = random.nextInt(other.length + 1);
                return joined(Arrays.copyOf(file, at), Arrays.copyOfRange(other, from, other.length));
            }
            case 2 -> {
                int to = Math.min(file.length, at + 1 + random.nextInt(16));
                return joined(Arrays.copyOf(file, at), Arrays.copyOfRange(file, to, file.length));
            }
            case 3 -> {
                byte[] run = new byte[1 + random.nextInt(random.nextInt(8) == 0 ? 4096 : 16)];
                if (random.nextBoolean()) {
                    random.nextBytes(run);
                } else {
                    Arrays.fill(run, (byte) random.nextInt(256));
                }
                return inserted(file, at, run);
            }
            case 4 -> {
                byte[] changed = file.clone();
                changed[at] = (byte) random.nextInt(256);
                return changed;
            }
            case 5 -> {
                byte[] changed = file.clone();
                Arrays.fill(changed, at, Math.min(file.length, at + 1 + random.nextInt(8)), (byte)
                        (random.nextBoolean() ? 0 : -1));
                return changed;
            }
            default -> {
                byte[] changed = file.clone();
                changed[at] ^= (byte) (1 << random.nextInt(8));
                return changed;
            }
        }
    }

    static byte[] joined(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    static byte[] inserted(byte[] file, int at, byte[] bytes) {
        return joined(Arrays.copyOf(file, at), bytes, Arrays.copyOfRange(file, at, file.length));
    }
}
