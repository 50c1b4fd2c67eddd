package org.diffusion4j.weights.torchfile;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileFault;

/**
 * The entries of a zip file, as its directory at the end lists them. Their bytes are read in place, which {@link
 * java.util.zip.ZipFile} doesn't offer.
 *
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">the format</a>
 */
final class ZipArchive {
    /** How many bytes may become of one that is compressed: the most of which deflate is capable. */
    private static final long MOST_INFLATED = 1032;

    private static final int MOST_ENTRIES = 500_000;
    private static final int END_BYTES = 22;
    private static final int LONGEST_COMMENT = 0xffff;
    private static final int DIRECTORY_ENTRY_BYTES = 46;
    private static final int LOCAL_HEADER_BYTES = 30;
    private static final int ZIP64_LOCATOR_BYTES = 20;
    private static final int ZIP64_END_BYTES = 56;
    private static final long IN_ZIP64 = 0xffff_ffffL;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;

    /**
     * An entry.
     *
     * @param name its path in the archive
     * @param flags whether it is encrypted, for instance
     * @param method how it is compressed
     * @param compressedSize its bytes in the file
     * @param size its bytes after decompression
     * @param header where its own header is
     */
    record Entry(String name, int flags, int method, long compressedSize, long size, long header) {}

    /** Where the directory is: its first byte, its length, and how many entries it has. */
    private record Directory(long start, long length, long entries) {}

    private final OpenFile file;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private ZipArchive(OpenFile file) {
        this.file = file;
    }

    /**
     * Reads an archive's directory.
     *
     * @throws Diffusion4jException if it isn't a whole archive, or two entries have one name
     */
    static ZipArchive read(OpenFile file) throws IOException {
        ZipArchive archive = new ZipArchive(file);
        archive.readDirectory(archive.directory());
        return archive;
    }

    /** The entries by their names, in the directory's order. */
    Map<String, Entry> entries() {
        return Collections.unmodifiableMap(entries);
    }

    private Diffusion4jException fault(String expectedAndFound) {
        return FileFault.in(file.path(), expectedAndFound);
    }

    private ByteBuffer bytes(long from, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        file.read(from, buffer);
        return buffer.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    private Directory directory() throws IOException {
        int length = (int) Math.min(file.size(), END_BYTES + LONGEST_COMMENT);
        ByteBuffer tail = bytes(file.size() - length, length);
        for (int at = length - END_BYTES; at >= 0; at--) {
            if (tail.getInt(at) == 0x06054b50
                    && Short.toUnsignedInt(tail.getShort(at + 20)) == length - END_BYTES - at) {
                return directory(tail.slice(at, END_BYTES).order(ByteOrder.LITTLE_ENDIAN), file.size() - length + at);
            }
        }
        throw fault("expected a zip archive's directory at its end, found none: the file isn't whole");
    }

    /** @param at where the end of the directory is in the file */
    private Directory directory(ByteBuffer end, long at) throws IOException {
        long count = Short.toUnsignedLong(end.getShort(10));
        long length = Integer.toUnsignedLong(end.getInt(12));
        long start = Integer.toUnsignedLong(end.getInt(16));
        long before = at;
        if (count == 0xffff || length == IN_ZIP64 || start == IN_ZIP64) {
            long locator = at - ZIP64_LOCATOR_BYTES;
            ByteBuffer large = locator < 0 ? null : bytes(locator, ZIP64_LOCATOR_BYTES);
            long place = large == null || large.getInt(0) != 0x07064b50 ? -1 : large.getLong(8);
            if (place < 0 || place > locator - ZIP64_END_BYTES) {
                throw fault("expected the place of a large archive's directory, found none");
            }
            large = bytes(place, ZIP64_END_BYTES);
            if (large.getInt(0) != 0x06064b50) {
                throw fault("expected a large archive's directory, found none");
            }
            count = large.getLong(32);
            length = large.getLong(40);
            start = large.getLong(48);
            before = place;
        }
        if (start < 0 || length < 0 || length > before - start || count < 0 || count > MOST_ENTRIES) {
            throw fault("expected a zip archive's directory of at most " + MOST_ENTRIES + " entries before byte "
                    + before + ", found one of " + Long.toUnsignedString(count));
        }
        return new Directory(start, length, count);
    }

    private void readDirectory(Directory directory) throws IOException {
        InputStream in = new BufferedInputStream(file.stream(directory.start(), directory.length()), 1 << 16);
        for (long i = 0; i < directory.entries(); i++) {
            ByteBuffer fields = next(in, DIRECTORY_ENTRY_BYTES);
            if (fields.getInt(0) != 0x02014b50) {
                throw fault("expected an entry in a zip archive's directory, found something else");
            }
            ByteBuffer name = next(in, Short.toUnsignedInt(fields.getShort(28)));
            ByteBuffer extra = next(in, Short.toUnsignedInt(fields.getShort(30)));
            next(in, Short.toUnsignedInt(fields.getShort(32)));
            Entry entry = entry(StandardCharsets.UTF_8.decode(name).toString(), fields, extra);
            if (entries.put(entry.name(), entry) != null) {
                throw fault("expected one entry of each name, found two of " + FileFault.quote(entry.name()));
            }
        }
    }

    private ByteBuffer next(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw fault("expected a whole zip archive's directory, found its end");
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static Entry entry(String name, ByteBuffer fields, ByteBuffer extra) {
        long compressedSize = Integer.toUnsignedLong(fields.getInt(20));
        long size = Integer.toUnsignedLong(fields.getInt(24));
        long header = Integer.toUnsignedLong(fields.getInt(42));
        ByteBuffer large = zip64(extra);
        // What is large stands there, in this order, and only that.
        size = size == IN_ZIP64 ? nextLong(large) : size;
        compressedSize = compressedSize == IN_ZIP64 ? nextLong(large) : compressedSize;
        header = header == IN_ZIP64 ? nextLong(large) : header;
        return new Entry(name, fields.getShort(8), fields.getShort(10), compressedSize, size, header);
    }

    /** The field of large numbers among an entry's further fields; empty if there is none. */
    private static ByteBuffer zip64(ByteBuffer extra) {
        while (extra.remaining() >= 4) {
            int id = Short.toUnsignedInt(extra.getShort());
            int length = Math.min(Short.toUnsignedInt(extra.getShort()), extra.remaining());
            if (id == 1) {
                return extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
            }
            extra.position(extra.position() + length);
        }
        return ByteBuffer.allocate(0);
    }

    /** @return the number, or the one that says that it is large, which is too large for any file, if it is missing */
    private static long nextLong(ByteBuffer large) {
        return large.remaining() < Long.BYTES ? Long.MAX_VALUE : large.getLong();
    }

    /**
     * Finds an entry's bytes.
     *
     * @throws Diffusion4jException if they aren't all in the file, or are compressed in another way than by deflate
     */
    StorageBytes open(Entry entry) throws IOException {
        boolean plain = entry.method() == STORED && entry.size() == entry.compressedSize();
        boolean deflated = entry.method() == DEFLATED
                && entry.size() >= 0
                && entry.size() / MOST_INFLATED <= Math.max(1, entry.compressedSize());
        boolean encrypted = (entry.flags() & 1) != 0;
        if ((!plain && !deflated) || encrypted) {
            throw FileFault.in(
                    file.path(),
                    entry.name(),
                    "expected an entry that is stored or deflated, found one by method " + entry.method() + ", "
                            + entry.compressedSize() + " bytes for " + entry.size());
        }
        long room = file.size() - LOCAL_HEADER_BYTES;
        long start = -1;
        if (entry.header() >= 0 && entry.header() <= room) {
            ByteBuffer local = bytes(entry.header(), LOCAL_HEADER_BYTES);
            if (local.getInt(0) == 0x04034b50) {
                start = entry.header()
                        + LOCAL_HEADER_BYTES
                        + Short.toUnsignedInt(local.getShort(26))
                        + Short.toUnsignedInt(local.getShort(28));
            }
        }
        if (start < 0 || entry.compressedSize() < 0 || start > file.size() - entry.compressedSize()) {
            throw FileFault.in(
                    file.path(),
                    entry.name(),
                    "expected " + entry.compressedSize() + " bytes, found fewer in the file");
        }
        return plain ? new StoredBytes(file, start, entry.size()) : new DeflatedBytes(file, entry, start);
    }

    /** An entry's bytes in order. */
    InputStream stream(Entry entry) throws IOException {
        StorageBytes bytes = open(entry);
        if (bytes instanceof StoredBytes stored) {
            return file.stream(stored.start(), stored.size());
        }
        return ((DeflatedBytes) bytes).stream();
    }
}
