package org.diffusion4j.weights.torchfile;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/** A storage that is compressed in the file. It can only be read from the beginning on, which is best done in order. */
final class DeflatedBytes implements StorageBytes {
    private static final int PIECE = 1 << 16;

    /** What is decompressed for elements that lie far from each other, however few they are. */
    private static final int MOST_BETWEEN = 1 << 24;

    private final OpenFile file;
    private final ZipArchive.Entry entry;
    private final long start;
    private InputStream in;
    private long at;

    /** @param start the entry's first byte in the file */
    DeflatedBytes(OpenFile file, ZipArchive.Entry entry, long start) {
        this.file = file;
        this.entry = entry;
        this.start = start;
    }

    @Override
    public long size() {
        return entry.size();
    }

    @Override
    public synchronized void read(long from, ByteBuffer target) throws IOException {
        if (in == null || at > from) {
            restart();
        }
        try {
            byte[] piece = new byte[(int) Math.min(PIECE, Math.max(target.remaining(), from - at))];
            while (at < from) {
                inflate(piece, (int) Math.min(piece.length, from - at));
            }
            while (target.hasRemaining()) {
                int count = inflate(piece, Math.min(piece.length, target.remaining()));
                target.put(piece, 0, count);
            }
        } catch (IOException e) {
            end();
            throw e;
        }
        if (at == entry.size()) {
            end();
        }
    }

    private int inflate(byte[] piece, int most) throws IOException {
        int count = in.read(piece, 0, most);
        if (count < 0) {
            throw new EOFException("'" + entry.name() + "' has fewer than " + entry.size() + " bytes");
        }
        at += count;
        return count;
    }

    private void restart() throws IOException {
        end();
        in = stream();
    }

    private void end() throws IOException {
        if (in != null) {
            in.close();
        }
        in = null;
        at = 0;
    }

    /** All bytes in order, to be closed, as the memory of an inflater isn't on the heap. */
    InputStream stream() {
        // An inflater of bytes without a frame may ask for one byte more than it needs.
        long length = Math.min(entry.compressedSize() + 1, file.size() - start);
        Inflater inflater = new Inflater(true);
        return new InflaterInputStream(file.stream(start, length), inflater, 1 << 13) {
            @Override
            public void close() throws IOException {
                super.close();
                inflater.end();
            }
        };
    }

    /** Decompresses the part, little by little, so that no memory is taken for what isn't there. */
    @Override
    public StorageSpan span(long from, long length, long wanted) throws IOException {
        if (length > Math.max(MOST_BETWEEN, 4 * wanted)) {
            throw new IOException("of " + length + " bytes that are compressed only " + wanted
                    + " are wanted, here and there: save the file anew");
        }
        return StorageSpan.of(length, (first, count) -> {
            byte[] bytes = new byte[Math.min(count, PIECE)];
            int filled = 0;
            while (filled < count) {
                if (filled == bytes.length) {
                    bytes = Arrays.copyOf(bytes, (int) Math.min(2L * filled, count));
                }
                read(from + first + filled, ByteBuffer.wrap(bytes, filled, bytes.length - filled));
                filled = bytes.length;
            }
            return ByteBuffer.wrap(bytes);
        });
    }
}
