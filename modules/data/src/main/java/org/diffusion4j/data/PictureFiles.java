package org.diffusion4j.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;

/**
 * Files by name, in a folder or an archive. Names are relative paths with slashes. Nothing is ever unpacked to a disk, and
 * no length that an archive claims is trusted.
 */
sealed interface PictureFiles permits FolderFiles, ZipFiles, TarFiles, StoreFiles {
    /** The largest file that is read: a larger picture isn't meant for training, or is hostile. */
    int MOST_BYTES = (int) Math.min(1 << 28, Runtime.getRuntime().maxMemory() / 8);

    /** For messages: the folder's or archive's path. */
    String place();

    /** The names of all files, sorted and each once. They are composed (NFC), however they are stored. */
    List<String> names();

    /** Folders that are listed in addition to files, which includes empty ones. */
    default List<String> folders() {
        return List.of();
    }

    /** One line for everything that was left out or is worth knowing. */
    default List<String> notes() {
        return List.of();
    }

    /**
     * Gives the wanted files to a reader, in any order.
     *
     * @throws InterruptedException if the reader throws it
     */
    void read(Set<String> wanted, Reader reader) throws InterruptedException;

    /** Takes files. */
    interface Reader {
        /** @param size its bytes, as far as that is known, which it takes in memory until it is read */
        void file(String name, long size, Content content) throws InterruptedException;
    }

    /** A file's bytes, which may be read later and in another thread. */
    interface Content {
        byte[] bytes() throws IOException;
    }

    /**
     * Opens a folder or an archive.
     *
     * @param excluded folders that are left out
     */
    static PictureFiles open(Path path, List<Path> excluded) {
        SystemNames.requireWhole(path.toString(), path.toString());
        String name =
                path.getFileName() == null ? "" : path.getFileName().toString().toLowerCase(Locale.ROOT);
        if (Files.isDirectory(path)) {
            return FolderFiles.of(path, excluded);
        } else if (!Files.isRegularFile(path)) {
            throw new Diffusion4jException(path + ": expected a folder or an archive of pictures, found nothing");
        }
        ArchiveKind kind = ArchiveKind.of(path, name)
                .orElseThrow(() -> new Diffusion4jException(path + ": expected a folder of pictures, or a .zip, .tar,"
                        + " .tar.gz or .tgz, found a file of another name"));
        return kind == ArchiveKind.ZIP ? ZipFiles.of(path) : TarFiles.of(path, kind == ArchiveKind.TAR_GZ);
    }

    static byte[] all(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MOST_BYTES + 1);
        if (bytes.length > MOST_BYTES) {
            throw new IOException("expected at most " + MOST_BYTES + " bytes, found more");
        }
        return bytes;
    }

    static Diffusion4jException unreadable(String place, Exception e) {
        return new Diffusion4jException(
                place + ": expected a whole archive, found: "
                        + (e.getMessage() != null
                                ? Names.brief(e.getMessage(), 250)
                                : e instanceof EOFException
                                        ? "its end too early: it is cut"
                                        : e.getClass().getSimpleName()),
                e);
    }

    /**
     * Turns a stored name into a composed relative path with slashes. Since nothing is unpacked, ".." and drive letters are
     * only parts of a name.
     */
    static String name(String stored) {
        List<String> parts = new ArrayList<>();
        for (String part : stored.replace('\\', '/').split("/")) {
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        String name = String.join("/", parts);
        return Normalizer.isNormalized(name, Normalizer.Form.NFC)
                ? name
                : Normalizer.normalize(name, Normalizer.Form.NFC);
    }

    /** A note about links that lead nowhere, except for hidden ones. */
    static Optional<String> noteLinks(List<String> links) {
        List<String> told =
                links.stream().filter(name -> FileKind.hiddenPart(name) == null).toList();
        return told.isEmpty()
                ? Optional.empty()
                : Optional.of(told.size() + (told.size() == 1 ? " link" : " links")
                        + " left out: to nothing here, or in a circle (" + Names.list(", ", told) + ")");
    }

    /** @throws Diffusion4jException if a name occurs twice, or a picture's name has lost characters */
    static List<String> sorted(String place, List<String> names) {
        for (String name : names) {
            if (name.indexOf(SystemNames.LOST) >= 0 && FileKind.counts(name)) {
                SystemNames.requireWhole(place, name);
            }
        }
        Collections.sort(names);
        Set<String> seen = new HashSet<>();
        List<String> twice = names.stream().filter(name -> !seen.add(name)).toList();
        if (!twice.isEmpty()) {
            throw new Diffusion4jException(place + ": expected each name once, found twice: "
                    + Names.list(twice.stream().map(Names::brief).toList()));
        }
        return names;
    }
}
