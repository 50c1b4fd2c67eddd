package org.diffusion4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.zip.UnicodePathExtraField;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.ArchiveEntry.Kind;
import org.diffusion4j.data.ArchiveEntry.StoredName;

/**
 * A zip archive, read by the directory at its end.
 *
 * @param ends the beginning of the next entry, by the beginning of each entry
 */
record ZipFiles(Path archive, ArchiveIndex index, Map<Long, Long> ends) implements PictureFiles {
    private static final int HEADER = 30;
    private static final int LONGEST_TARGET = 4096;

    static ZipFiles of(Path archive) {
        List<ArchiveEntry> entries = new ArrayList<>();
        Map<Long, Long> ends;
        try (ZipFile zip = open(archive)) {
            List<ZipArchiveEntry> listed = new ArrayList<>();
            for (Enumeration<ZipArchiveEntry> all = zip.getEntries(); all.hasMoreElements(); ) {
                listed.add(all.nextElement());
            }
            ends = ends(listed, Files.size(archive));
            ArchiveBudget budget = ArchiveBudget.packed(archive);
            for (ZipArchiveEntry entry : listed) {
                ArchiveEntry line = line(zip, entry, budget, ends);
                if (line.kind() == Kind.FILE && counts(entry)) {
                    budget.spend(Math.min(entry.getSize(), MOST_BYTES));
                }
                entries.add(line);
            }
        } catch (IOException | RuntimeException e) {
            throw PictureFiles.unreadable(archive.toString(), e);
        }
        return new ZipFiles(archive, ArchiveIndex.of(archive.toString(), entries, ArchiveNames.ZIP), ends);
    }

    /** Opens an archive without reading the entries' own headers, each of which may repeat the same 64 KiB. */
    private static ZipFile open(Path archive) throws IOException {
        return ZipFile.builder().setPath(archive).setIgnoreLocalFileHeader(true).get();
    }

    /** Decides by the suffix only, which is the same in any encoding. */
    private static boolean counts(ZipArchiveEntry entry) {
        FileKind kind = FileKind.of(entry.getName());
        return kind.counts() || kind == FileKind.CAPTION;
    }

    /** @throws IOException if entries share bytes, which lets a small archive unpack to a thousand large files */
    private static Map<Long, Long> ends(List<ZipArchiveEntry> entries, long fileSize) throws IOException {
        List<ZipArchiveEntry> inOrder = new ArrayList<>(entries);
        inOrder.sort(Comparator.comparingLong(ZipArchiveEntry::getLocalHeaderOffset));
        Map<Long, Long> ends = new HashMap<>();
        for (int i = 0; i < inOrder.size(); i++) {
            ZipArchiveEntry entry = inOrder.get(i);
            long end = i + 1 < inOrder.size() ? inOrder.get(i + 1).getLocalHeaderOffset() : fileSize;
            long least = HEADER + entry.getRawName().length + Math.max(0, entry.getCompressedSize());
            if (entry.getLocalHeaderOffset() < 0 || least > end - entry.getLocalHeaderOffset()) {
                throw new IOException("entries that overlap, or lie outside of the file");
            }
            ends.put(entry.getLocalHeaderOffset(), end);
        }
        return ends;
    }

    private static ArchiveEntry line(ZipFile zip, ZipArchiveEntry entry, ArchiveBudget budget, Map<Long, Long> ends)
            throws IOException {
        StoredName name = name(entry);
        if (entry.isDirectory() || entry.getName().endsWith("\\")) {
            return new ArchiveEntry(name, Kind.FOLDER, null);
        } else if (!entry.isUnixSymlink()) {
            return new ArchiveEntry(name, Kind.FILE, null);
        } else if (entry.getSize() > LONGEST_TARGET) {
            return new ArchiveEntry(name, Kind.OTHER, null);
        }
        budget.spend(entry.getSize());
        StoredName target = new StoredName(bytes(zip, entry, ends), name.utf8());
        return new ArchiveEntry(name, Kind.SYMBOLIC_LINK, target);
    }

    /**
     * An entry's name. Either a flag says that it is UTF-8, or an extra field has it in UTF-8 with a checksum of the name
     * that it replaces.
     */
    private static StoredName name(ZipArchiveEntry entry) {
        byte[] raw = entry.getRawName();
        if (entry.getExtraField(UnicodePathExtraField.UPATH_ID) instanceof UnicodePathExtraField unicode
                && unicode.getUnicodeName() != null
                && unicode.getNameCRC32() == sum(raw)) {
            return new StoredName(unicode.getUnicodeName(), true);
        }
        return new StoredName(raw, entry.getGeneralPurposeBit().usesUTF8ForNames());
    }

    private static long sum(byte[] bytes) {
        CRC32 sum = new CRC32();
        sum.update(bytes);
        return sum.getValue();
    }

    @Override
    public String place() {
        return archive.toString();
    }

    @Override
    public List<String> names() {
        return index.names();
    }

    @Override
    public List<String> folders() {
        return index.folders();
    }

    @Override
    public List<String> notes() {
        return index.notes();
    }

    @Override
    public void read(Set<String> wanted, Reader reader) throws InterruptedException {
        try (ZipFile zip = open(archive)) {
            for (Enumeration<ZipArchiveEntry> all = zip.getEntriesInPhysicalOrder(); all.hasMoreElements(); ) {
                ZipArchiveEntry entry = all.nextElement();
                List<String> names = entry.isUnixSymlink() ? List.of() : index.wanted(name(entry), wanted);
                if (!names.isEmpty()) {
                    give(zip, entry, names, reader);
                }
            }
        } catch (Diffusion4jException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw PictureFiles.unreadable(archive.toString(), e);
        }
    }

    /** Gives an entry to the reader. If it is damaged, only one picture is broken, since the directory finds the others. */
    private void give(ZipFile zip, ZipArchiveEntry entry, List<String> names, Reader reader)
            throws InterruptedException {
        byte[] bytes;
        try {
            bytes = bytes(zip, entry, ends);
        } catch (IOException | RuntimeException e) {
            for (String name : names) {
                reader.file(name, 0, () -> {
                    throw new IOException(e.getMessage(), e);
                });
            }
            return;
        }
        for (String name : names) {
            reader.file(name, bytes.length, () -> bytes);
        }
    }

    private static byte[] bytes(ZipFile zip, ZipArchiveEntry entry, Map<Long, Long> ends) throws IOException {
        long size = entry.getSize();
        if (size < 0 || size > MOST_BYTES) {
            throw new IOException("expected at most " + MOST_BYTES + " bytes, found " + size);
        }
        try (InputStream in = zip.getInputStream(entry)) {
            if (in == null
                    || entry.getDataOffset() + entry.getCompressedSize() > ends.get(entry.getLocalHeaderOffset())) {
                throw new IOException("expected an entry of its own, found one that reaches into the next");
            }
            byte[] bytes = new byte[(int) size];
            int read = in.readNBytes(bytes, 0, bytes.length);
            if (read < size || in.read() >= 0) {
                throw new IOException("expected the " + size + " bytes that the directory says, found "
                        + (read < size ? "" + read : "more"));
            }
            if (sum(bytes) != entry.getCrc()) {
                throw new IOException("expected bytes with the sum that the directory says, found others");
            }
            return bytes;
        }
    }
}
