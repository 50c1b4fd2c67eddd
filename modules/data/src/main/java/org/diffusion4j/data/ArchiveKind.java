package org.diffusion4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.diffusion4j.Diffusion4jException;

/** The kinds of archives that are read. The first bytes decide, or the name if they don't. */
enum ArchiveKind {
    ZIP,
    TAR,
    TAR_GZ;

    private static final int HEAD_BYTES = 512;
    private static final int USTAR_PLACE = 257;

    /**
     * @param name the file's name in lower case
     * @return the kind; empty if the name isn't that of an archive that is read
     * @throws Diffusion4jException if the file is known to be something else, or can't be read
     */
    static Optional<ArchiveKind> of(Path file, String name) {
        Optional<ArchiveKind> named = named(name);
        if (named.isEmpty()) {
            return named;
        }
        byte[] head;
        try (InputStream in = Files.newInputStream(file)) {
            head = in.readNBytes(HEAD_BYTES);
        } catch (IOException e) {
            throw PictureFiles.unreadable(file.toString(), e);
        }
        String text = new String(head, StandardCharsets.ISO_8859_1);
        if (text.startsWith("PK\3\4") || text.startsWith("PK\5\6")) {
            return Optional.of(ZIP);
        } else if (text.startsWith("\u001F\u008B")) {
            return Optional.of(TAR_GZ);
        } else if (text.startsWith("ustar", USTAR_PLACE)) {
            return Optional.of(TAR);
        }
        OtherFormat.of(head).ifPresent(other -> {
            throw new Diffusion4jException(file + ": expected a .zip, .tar, .tar.gz or .tgz, found " + other);
        });
        return named;
    }

    private static Optional<ArchiveKind> named(String name) {
        if (name.endsWith(".zip")) {
            return Optional.of(ZIP);
        } else if (name.endsWith(".tar")) {
            return Optional.of(TAR);
        }
        return name.endsWith(".tar.gz") || name.endsWith(".tgz") ? Optional.of(TAR_GZ) : Optional.empty();
    }
}
