package org.diffusion4j.data;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.diffusion4j.data.ArchiveEntry.Kind;
import org.diffusion4j.data.ArchiveEntry.StoredName;

/**
 * Reads the entries of a tar archive (ustar, GNU, pax and the oldest format). No claimed size is believed before it is
 * known to fit. This isn't left to a library, because libraries would put a name of a gigabyte on the heap, and can't tell
 * an archive that was cut between two entries from a complete one.
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
     * Reads the next entry.
     *
     * @return the entry; null at the archive's end
     * @throws IOException if the archive is damaged or cut, or unpacks to more than the budget allows
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

    /** Reads names, access lists and the like, for which a megabyte is plenty. */
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
        // As in other programs, links, devices and folders have no bytes, whatever size they claim.
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

    /** The number of bytes of the entry in the archive. */
    long size() {
        return size;
    }

    /** Whether these are only a part of the file's bytes, without zeros in between. */
    boolean sparse() {
        return sparse;
    }

    /** Whether something other than zeros follows the archive's end; known after the last entry. */
    boolean followed() {
        return followed;
    }

    /** Reads the entry's bytes. Its size was already checked against the budget. */
    byte[] bytes() throws IOException {
        byte[] bytes = new byte[(int) size];
        readFully(bytes);
        left -= size;
        return bytes;
    }

    /** @return whether there is a header; false at the archive's end */
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

    /** Reads to the end of the file, so that gzip's checksum is verified. */
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
