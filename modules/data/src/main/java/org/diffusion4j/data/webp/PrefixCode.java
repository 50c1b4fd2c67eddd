package org.diffusion4j.data.webp;

import java.io.IOException;
import java.util.Arrays;

/** A canonical prefix code as lookup tables: RFC 9649, section 3.7. If there is only one symbol, it takes no bits. */
final class PrefixCode {
    private static final int ROOT_BITS = 8;
    private static final int LONGEST = 15;

    private final int rootBits;
    /**
     * Entries by the next bits: a symbol and the length of its code, or if the length exceeds that of the root table, the
     * beginning of a further table.
     */
    private final int[] table;

    private PrefixCode(int rootBits, int[] table) {
        this.rootBits = rootBits;
        this.table = table;
    }

    int next(LosslessBits in) throws IOException {
        int bits = in.peek();
        int entry = table[bits & (1 << rootBits) - 1];
        int length = entry & 15;
        if (length > rootBits) {
            entry = table[(entry >>> 4) + (bits >>> rootBits & (1 << (length - rootBits)) - 1)];
            length = entry & 15;
        }
        in.skip(length);
        return entry >>> 4;
    }

    /** Reads codes one after another. A picture may have thousands of them, so the working memory is kept for the next code. */
    static final class Reader {
        private static final int[] LENGTH_ORDER = {17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

        private final LosslessBits in;
        private final int[] lengths;
        private final int[] ofLengths = new int[LENGTH_ORDER.length];
        private final int[] codes;
        private final int[] counts = new int[LONGEST + 1];
        private final int[] next = new int[LONGEST + 1];
        /** The length of the longest code that begins with the root table's bits, and the beginning of its table. */
        private final int[] longest = new int[1 << ROOT_BITS];

        private final int[] starts = new int[1 << ROOT_BITS];

        Reader(LosslessBits in, int mostSymbols) {
            this.in = in;
            this.lengths = new int[mostSymbols];
            this.codes = new int[mostSymbols];
        }

        PrefixCode read(int symbols) throws IOException {
            Arrays.fill(lengths, 0, symbols, 0);
            if (in.flag()) {
                boolean two = in.flag();
                set(in.flag() ? in.read(8) : in.read(1), symbols);
                if (two) {
                    set(in.read(8), symbols);
                }
            } else {
                readLengths(symbols);
            }
            return code(lengths, symbols);
        }

        private void set(int symbol, int symbols) throws IOException {
            if (symbol >= symbols) {
                throw new IOException("a prefix code has a symbol that is not in its alphabet");
            }
            lengths[symbol] = 1;
        }

        private void readLengths(int symbols) throws IOException {
            Arrays.fill(ofLengths, 0);
            int count = 4 + in.read(4);
            for (int i = 0; i < count; i++) {
                ofLengths[LENGTH_ORDER[i]] = in.read(3);
            }
            PrefixCode code = code(ofLengths, ofLengths.length);
            int left = in.flag() ? 2 + in.read(2 + 2 * in.read(3)) : symbols;
            if (left > symbols) {
                throw overfull();
            }
            int previous = 8;
            int symbol = 0;
            while (symbol < symbols && left-- > 0) {
                int length = code.next(in);
                if (length < 16) {
                    lengths[symbol++] = length;
                    previous = length == 0 ? previous : length;
                    continue;
                }
                int repeat = length == 16 ? 3 + in.read(2) : length == 17 ? 3 + in.read(3) : 11 + in.read(7);
                if (repeat > symbols - symbol) {
                    throw overfull();
                }
                Arrays.fill(lengths, symbol, symbol + repeat, length == 16 ? previous : 0);
                symbol += repeat;
            }
        }

        private static IOException overfull() {
            return new IOException("a prefix code has more lengths than symbols");
        }

        /** @throws IOException if the lengths don't make a code in which every sequence of bits has a meaning */
        private PrefixCode code(int[] of, int symbols) throws IOException {
            Arrays.fill(counts, 0);
            int used = 0;
            int last = 0;
            int most = 0;
            for (int symbol = 0; symbol < symbols; symbol++) {
                if (of[symbol] > 0) {
                    counts[of[symbol]]++;
                    used++;
                    last = symbol;
                    most = Math.max(most, of[symbol]);
                }
            }
            if (used == 1) {
                return new PrefixCode(0, new int[] {last << 4});
            }
            int space = 0;
            for (int length = 1; length <= LONGEST; length++) {
                space += counts[length] << (LONGEST - length);
            }
            if (space != 1 << LONGEST) {
                throw new IOException("a prefix code is not complete");
            }
            int rootBits = Math.min(ROOT_BITS, most);
            return new PrefixCode(rootBits, table(of, symbols, rootBits));
        }

        private int[] table(int[] of, int symbols, int rootBits) {
            int roots = 1 << rootBits;
            Arrays.fill(longest, 0, roots, 0);
            next[1] = 0;
            for (int length = 1; length < LONGEST; length++) {
                next[length + 1] = (next[length] + counts[length]) << 1;
            }
            for (int symbol = 0; symbol < symbols; symbol++) {
                if (of[symbol] > 0) {
                    codes[symbol] = Integer.reverse(next[of[symbol]]++) >>> (32 - of[symbol]);
                    int root = codes[symbol] & roots - 1;
                    longest[root] = Math.max(longest[root], of[symbol]);
                }
            }
            int size = roots;
            for (int root = 0; root < roots; root++) {
                starts[root] = size;
                size += longest[root] > rootBits ? 1 << (longest[root] - rootBits) : 0;
            }
            int[] table = new int[size];
            for (int root = 0; root < roots; root++) {
                table[root] = starts[root] << 4 | longest[root];
            }
            for (int symbol = 0; symbol < symbols; symbol++) {
                if (of[symbol] > 0) {
                    put(table, symbol, of[symbol], rootBits);
                }
            }
            return table;
        }

        /** Writes a symbol to all entries whose bits begin with its code. */
        private void put(int[] table, int symbol, int length, int rootBits) {
            int roots = 1 << rootBits;
            int at = codes[symbol];
            int end = roots;
            int step = 1 << length;
            if (length > rootBits) {
                int root = at & roots - 1;
                at = starts[root] + (at >>> rootBits);
                end = starts[root] + (1 << (longest[root] - rootBits));
                step >>= rootBits;
            }
            for (; at < end; at += step) {
                table[at] = symbol << 4 | length;
            }
        }
    }
}
