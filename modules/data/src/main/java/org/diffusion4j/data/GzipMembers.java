package org.diffusion4j.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/** A gzip file's members, one after another. Zeros may follow the last one, since tapes and some programs pad with them. */
final class GzipMembers extends InputStream {
    private final BufferedInputStream file;
    private GzipCompressorInputStream member;

    GzipMembers(Path path) throws IOException {
        file = new BufferedInputStream(Files.newInputStream(path), 1 << 16);
        try {
            member = member();
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** A stream of one member, which reads exactly to its own end, since the file can return to a mark. */
    private GzipCompressorInputStream member() throws IOException {
        return GzipCompressorInputStream.builder()
                .setInputStream(file)
                .setDecompressConcatenated(false)
                .get();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (member != null) {
            int read = member.read(bytes, offset, length);
            if (read >= 0) {
                return read;
            }
            member = atEnd() ? null : member();
        }
        return -1;
    }

    private boolean atEnd() throws IOException {
        file.mark(1);
        int next = file.read();
        if (next > 0) {
            file.reset();
            return false;
        }
        while (next == 0) {
            next = file.read();
        }
        if (next > 0) {
            throw new IOException("other bytes behind the gzip data's end");
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
