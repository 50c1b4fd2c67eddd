package org.diffusion4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How many bytes an archive may unpack to: pictures are packed already, so that hardly any archive of them is many times
 * smaller than they are. What is claimed counts before it is read.
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

    /** For an archive whose entries lie in it as they are. */
    static ArchiveBudget plain(Path archive) throws IOException {
        return new ArchiveBudget(Files.size(archive), "its end before that of an entry: it is cut or damaged");
    }

    /** @throws IOException if that is more than is left */
    void spend(long bytes) throws IOException {
        if (bytes < 0 || bytes > most - spent) {
            throw new IOException(excess);
        }
        spent += bytes;
    }
}
