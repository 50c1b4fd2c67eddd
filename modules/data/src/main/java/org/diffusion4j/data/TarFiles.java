package org.diffusion4j.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.ArchiveEntry.Kind;

/** A tar archive, which is read from its beginning once for the names and once for the pictures. */
record TarFiles(Path archive, boolean gzip, ArchiveIndex index, List<String> notes) implements PictureFiles {
    static TarFiles of(Path archive, boolean gzip) {
        List<ArchiveEntry> entries = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        try (TarReader tar = open(archive, gzip)) {
            for (ArchiveEntry entry = tar.next(); entry != null; entry = tar.next()) {
                entries.add(entry);
            }
            if (tar.followed()) {
                notes.add("what follows the archive's end in its file was left out");
            }
        } catch (IOException | RuntimeException e) {
            throw PictureFiles.unreadable(archive.toString(), e);
        }
        ArchiveIndex index = ArchiveIndex.of(archive.toString(), entries, StandardCharsets.ISO_8859_1);
        notes.addAll(index.notes());
        return new TarFiles(archive, gzip, index, List.copyOf(notes));
    }

    private static TarReader open(Path archive, boolean gzip) throws IOException {
        ArchiveBudget budget = gzip ? ArchiveBudget.packed(archive) : ArchiveBudget.plain(archive);
        InputStream in =
                gzip ? new GzipMembers(archive) : new BufferedInputStream(Files.newInputStream(archive), 1 << 16);
        return new TarReader(in, budget);
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
    public void read(Set<String> wanted, Reader reader) throws InterruptedException {
        try (TarReader tar = open(archive, gzip)) {
            for (ArchiveEntry entry = tar.next(); entry != null; entry = tar.next()) {
                List<String> names = entry.kind() == Kind.FILE ? index.wanted(entry.name(), wanted) : List.of();
                if (!names.isEmpty()) {
                    give(tar, names, reader);
                }
            }
        } catch (Diffusion4jException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw PictureFiles.unreadable(archive.toString(), e);
        }
    }

    private static void give(TarReader tar, List<String> names, Reader reader)
            throws IOException, InterruptedException {
        String fault = null;
        if (tar.sparse()) {
            fault = "expected a file that is stored as it is, found one without its zeros (tar --sparse)";
        } else if (tar.size() > MOST_BYTES) {
            fault = "expected at most " + MOST_BYTES + " bytes, found " + tar.size();
        }
        if (fault != null) {
            IOException broken = new IOException(fault);
            for (String name : names) {
                reader.file(name, 0, () -> {
                    throw broken;
                });
            }
            return;
        }
        byte[] bytes = tar.bytes();
        for (String name : names) {
            reader.file(name, bytes.length, () -> bytes);
        }
    }
}
