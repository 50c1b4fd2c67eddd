package org.diffusion4j.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.diffusion4j.data.ArchiveEntry.StoredName;

/** What pax headers say about an entry, as far as it matters here, in lines such as {@code 17 path=cat/0.png}. */
final class TarAttributes {
    private byte[] path;
    private byte[] linkPath;
    private byte[] sparsePath;
    private long size = -1;
    private boolean sparse;
    private boolean utf8 = true;

    TarAttributes() {}

    TarAttributes(TarAttributes other) {
        path = other.path;
        linkPath = other.linkPath;
        sparsePath = other.sparsePath;
        size = other.size;
        sparse = other.sparse;
        utf8 = other.utf8;
    }

    void read(byte[] records) throws IOException {
        int at = 0;
        while (at < records.length && records[at] != 0) {
            int digits = at;
            long length = 0;
            while (digits < records.length
                    && records[digits] >= '0'
                    && records[digits] <= '9'
                    && length <= records.length) {
                length = 10 * length + records[digits++] - '0';
            }
            int end = (int) Math.min(at + length, Integer.MAX_VALUE);
            if (digits == at
                    || digits >= end
                    || end > records.length
                    || records[digits] != ' '
                    || records[end - 1] != '\n') {
                throw new IOException("a damaged pax header");
            }
            record(records, digits + 1, end - 1);
            at = end;
        }
    }

    private void record(byte[] records, int start, int end) throws IOException {
        int equals = start;
        while (equals < end && records[equals] != '=') {
            equals++;
        }
        if (equals == end) {
            throw new IOException("a damaged pax header");
        }
        String key = new String(records, start, equals - start, StandardCharsets.UTF_8);
        byte[] value = Arrays.copyOfRange(records, equals + 1, end);
        switch (key) {
            case "path" -> path = value;
            case "linkpath" -> linkPath = value;
            case "size" -> size = size(value);
            case "hdrcharset" -> utf8 = !new String(value, StandardCharsets.US_ASCII).equals("BINARY");
            case "GNU.sparse.name" -> sparsePath = value;
            default -> sparse |= key.startsWith("GNU.sparse.");
        }
    }

    private static long size(byte[] value) throws IOException {
        String digits = new String(value, StandardCharsets.US_ASCII);
        if (!digits.matches("[0-9]{1,18}")) {
            throw new IOException("a size in a pax header that is no number");
        }
        return Long.parseLong(digits);
    }

    /** The value, or null if the headers don't say it. */
    StoredName name() {
        byte[] name = sparsePath != null ? sparsePath : path;
        return name == null ? null : new StoredName(name, utf8);
    }

    /** The value, or null if the headers don't say it. */
    StoredName target() {
        return linkPath == null ? null : new StoredName(linkPath, utf8);
    }

    /** The size, or -1 if the headers don't say it. */
    long size() {
        return size;
    }

    /** Whether zeros were left out of the entry's bytes (a sparse file). */
    boolean sparse() {
        return sparse || sparsePath != null;
    }
}
