package org.diffusion4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The number of bytes to which an archive may unpack. Pictures are already compressed, so an archive of them is hardly ever
 * many times smaller. Claimed sizes count before anything is read.
 */
final class ArchiveBudget {
    private static final long FLOOR = 64L << 20;
    private static final int TIMES = 200;

    private final long most;
    private final String excess;
    private long spent;

    private ArchiveBudget(long most, String excess) {
        this.most = most;
        this.excess = excess;
    }

    /** For an archive whose entries are packed. */
    static ArchiveBudget packed(Path archive) throws IOException {
        long most = FLOOR + TIMES * Files.size(archive);
        return new ArchiveBudget(
                most,
                "more than " + most
                        + " bytes when unpacked, which pictures don't come to in an archive of this size; if"
                        + " these do, unpack it and give the folder");
    }

    /** For an archive whose entries aren't compressed. */
    static ArchiveBudget plain(Path archive) throws IOException {
        return new ArchiveBudget(Files.size(archive), "its end before that of an entry: it is cut or damaged");
    }

    /** @throws IOException if fewer bytes are left */
    void spend(long bytes) throws IOException {
        if (bytes < 0 || bytes > most - spent) {
            throw new IOException(excess);
        }
        spent += bytes;
    }
}
