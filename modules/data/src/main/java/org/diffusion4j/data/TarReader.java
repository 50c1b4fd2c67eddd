package org.diffusion4j.data;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.diffusion4j.data.ArchiveEntry.Kind;
import org.diffusion4j.data.ArchiveEntry.StoredName;

/**
 * A tar's entries, one after another: ustar, GNU's, pax and the oldest. Nothing that it claims is believed before there
 * is room for it: libraries put a name of a gigabyte on the heap, and can't tell an archive that was cut between two
 * entries from a whole one.
 */
final class TarReader implements Closeable {
    private static final int BLOCK = 512;

    private final InputStream in;
    private final ArchiveBudget budget;
    private final byte[] header = new byte[BLOCK];
    private final TarAttributes global = new TarAttributes();
    private long size;
    private long left;
    private boolean sparse;
    private boolean followed;

    TarReader(InputStream in, ArchiveBudget budget) {
        this.in = in;
        this.budget = budget;
    }

    /**
     * Goes on to the next entry.
     *
     * @return null at the archive's end
     * @throws IOException if it is damaged or cut, or more than the budget allows
     */
    ArchiveEntry next() throws IOException {
        skip(left);
        left = 0;
        TarAttributes attributes = new TarAttributes(global);
        byte[] longName = null;
        byte[] longTarget = null;
        while (readHeader()) {
            char type = (char) (header[156] & 0xFF);
            long stored = TarField.number(header, 124, 12);
            switch (type) {
                case 'L' -> longName = TarField.text(metadata(stored), 0, (int) stored);
                case 'K' -> longTarget = TarField.text(metadata(stored), 0, (int) stored);
                case 'x', 'X' -> attributes.read(metadata(stored));
                case 'g' -> {
                    global.read(metadata(stored));
                    attributes = new TarAttributes(global);
                }
                case 'V' -> metadata(stored); // the volume's name
                default -> {
                    return entry(type, stored, attributes, longName, longTarget);
                }
            }
        }
        return null;
    }

    /** Room for names, access lists and the like; a megabyte is much. */
    private byte[] metadata(long bytes) throws IOException {
        if (bytes > 1 << 20) {
            throw new IOException("expected at most a megabyte about one entry, found a claim of " + bytes + " bytes");
        }
        budget.spend(bytes);
        byte[] data = new byte[(int) bytes];
        readFully(data);
        skip(padding(bytes));
        return data;
    }

    private ArchiveEntry entry(char type, long stored, TarAttributes attributes, byte[] longName, byte[] longTarget)
            throws IOException {
        StoredName name = attributes.name();
        if (name == null) {
            name = new StoredName(longName == null ? ownName(type) : longName, false);
        }
        StoredName target = attributes.target();
        if (target == null) {
            target = new StoredName(longTarget == null ? TarField.text(header, 157, 100) : longTarget, false);
        }
        boolean slash = name.bytes().length > 0 && name.bytes()[name.bytes().length - 1] == '/';
        Kind kind =
                switch (type) {
                    case '0', 0, '7', 'S' -> slash ? Kind.FOLDER : Kind.FILE;
                    case '1' -> Kind.HARD_LINK;
                    case '2' -> Kind.SYMBOLIC_LINK;
                    case '5', 'D' -> Kind.FOLDER;
                    default -> Kind.OTHER;
                };
        // As everyone reads them: links, devices and folders have no bytes, whatever size they state.
        boolean empty = type >= '1' && type <= '6';
        size = empty ? 0 : attributes.size() < 0 ? stored : attributes.size();
        sparse = type == 'S' || attributes.sparse();
        if (type == 'S' && header[482] != 0) {
            skipSparseMap();
        }
        left = size + padding(size);
        if (left < 0) {
            throw new IOException("an entry of " + size + " bytes");
        }
        budget.spend(left);
        boolean links = kind == Kind.HARD_LINK || kind == Kind.SYMBOLIC_LINK;
        return new ArchiveEntry(name, kind, links ? target : null);
    }

    private byte[] ownName(char type) {
        byte[] name = TarField.text(header, 0, 100);
        boolean ustar = header[257] == 'u' && header[262] == 0;
        if (!ustar || header[345] == 0 || type == 'S') {
            return name;
        }
        byte[] prefix = TarField.text(header, 345, 155);
        byte[] whole = Arrays.copyOf(prefix, prefix.length + 1 + name.length);
        whole[prefix.length] = '/';
        System.arraycopy(name, 0, whole, prefix.length + 1, name.length);
        return whole;
    }

    private void skipSparseMap() throws IOException {
        byte[] block = new byte[BLOCK];
        do {
            budget.spend(BLOCK);
            readFully(block);
        } while (block[504] != 0);
    }

    /** The bytes that the entry has in the archive. */
    long size() {
        return size;
    }

    /** Whether those are a part of the file's, without the zeros in between. */
    boolean sparse() {
        return sparse;
    }

    /** After the last entry: whether something other than zeros follows the archive's end. */
    boolean followed() {
        return followed;
    }

    /** The entry's bytes; its size is in the budget by now. */
    byte[] bytes() throws IOException {
        byte[] bytes = new byte[(int) size];
        readFully(bytes);
        left -= size;
        return bytes;
    }

    /** @return whether there is a header, and not the end */
    private boolean readHeader() throws IOException {
        int read = in.readNBytes(header, 0, BLOCK);
        if (read == 0) {
            throw new EOFException(
                    "the end of the file where the archive's own, a block of zeros, was expected: it is cut");
        } else if (read < BLOCK) {
            throw cut();
        }
        budget.spend(BLOCK);
        if (zeros(header, BLOCK)) {
            readToEnd();
            return false;
        }
        TarField.requireSum(header);
        return true;
    }

    /** So that gzip's own sum is checked. */
    private void readToEnd() throws IOException {
        byte[] rest = new byte[1 << 16];
        for (int read = in.read(rest); read >= 0; read = in.read(rest)) {
            budget.spend(read);
            followed |= !zeros(rest, read);
        }
    }

    private static boolean zeros(byte[] bytes, int count) {
        for (int i = 0; i < count; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static long padding(long bytes) {
        return (BLOCK - bytes % BLOCK) % BLOCK;
    }

    private void readFully(byte[] bytes) throws IOException {
        if (in.readNBytes(bytes, 0, bytes.length) < bytes.length) {
            throw cut();
        }
    }

    private void skip(long bytes) throws IOException {
        try {
            in.skipNBytes(bytes);
        } catch (EOFException e) {
            throw cut();
        }
    }

    private static EOFException cut() {
        return new EOFException("the end of the file within an entry: it is cut");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
