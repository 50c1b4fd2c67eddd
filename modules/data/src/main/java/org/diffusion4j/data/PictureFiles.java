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
 * Files by name, wherever they lie. Names are relative, with slashes. Nothing is ever unpacked to a disk, and no
 * length that an archive claims is trusted.
 */
sealed interface PictureFiles permits FolderFiles, ZipFiles, TarFiles, SplitFiles {
    /** No file is read beyond this: a picture of so many bytes is none to train on, or a bomb. */
    int MOST_BYTES = (int) Math.min(1 << 28, Runtime.getRuntime().maxMemory() / 8);

    /** For messages: the folder's or archive's path. */
    String place();

    /** All files, in the order of the strings, each once; composed (NFC), however they are stored. */
    List<String> names();

    /** Folders, as far as they are listed beside their files: the empty ones. */
    default List<String> folders() {
        return List.of();
    }

    /** What is left out of the names, and what is to be known of them, a line for each. */
    default List<String> notes() {
        return List.of();
    }

    /**
     * Gives the wanted files to a reader, in any order.
     *
     * @throws InterruptedException as the reader throws it
     */
    void read(Set<String> wanted, Reader reader) throws InterruptedException;

    /** Takes files. */
    interface Reader {
        /** @param size bytes, as far as is known: what it takes of the memory until it is read */
        void file(String name, long size, Content content) throws InterruptedException;
    }

    /** A file's bytes, which may be read later and in another thread. */
    interface Content {
        byte[] bytes() throws IOException;
    }

    /**
     * Whichever the path is.
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
     * A stored name as a relative path with slashes, composed; ".." and drive letters are of no use to anyone who
     * doesn't unpack, so that they are just parts of a name.
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

    /** Says which links lead nowhere, those apart that are hidden. */
    static Optional<String> noteLinks(List<String> links) {
        List<String> told =
                links.stream().filter(name -> FileKind.hiddenPart(name) == null).toList();
        return told.isEmpty()
                ? Optional.empty()
                : Optional.of(told.size() + (told.size() == 1 ? " link" : " links")
                        + " left out: to nothing here, or in a circle (" + Names.list(", ", told) + ")");
    }

    /** @throws Diffusion4jException if a name comes twice, or has lost characters and is a picture's */
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
