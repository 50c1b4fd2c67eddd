package org.diffusion4j.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.Diffusion4jException;

/**
 * Decoded pictures one after another: on the heap up to a budget, beyond it in a temporary file that is mapped into
 * memory. The file has no name any more once all are in (on Windows: it goes when the program ends); its memory is
 * freed with this object. Several threads may read once {@link #finish} was called.
 */
final class PictureCache {
    private static final int CHUNK_BYTES = 1 << 26;

    private final List<ByteBuffer> chunks = new ArrayList<>();
    private final int chunkBytes;
    private long heapLeft;
    private Path file;
    private FileChannel channel;
    private boolean finished;

    /**
     * @param heapBytes the heap's budget
     * @param expectedBytes about how much will come, so that a little needs little
     */
    PictureCache(long heapBytes, long expectedBytes) {
        this.heapLeft = heapBytes;
        this.chunkBytes = (int) Math.max(1, Math.min(CHUNK_BYTES, expectedBytes));
    }

    /** @return the place for {@link #read} */
    synchronized long append(byte[] data) {
        ByteBuffer last = chunks.isEmpty() ? null : chunks.get(chunks.size() - 1);
        if (last == null || last.remaining() < data.length) {
            last = chunk(Math.max(chunkBytes, data.length));
            chunks.add(last);
        }
        long place = ((long) (chunks.size() - 1) << 32) | last.position();
        last.put(data);
        return place;
    }

    private ByteBuffer chunk(int bytes) {
        if (finished) {
            throw new IllegalStateException("finished");
        }
        if (bytes <= heapLeft) {
            heapLeft -= bytes;
            return ByteBuffer.allocate(bytes);
        }
        try {
            if (channel == null) {
                file = Files.createTempFile("diffusion4j-pictures", null);
                channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
            }
            // Written, not just mapped: a full disk is an error here, and no fault of the machine's later.
            long end = channel.size();
            ByteBuffer zeros = ByteBuffer.allocate(1 << 16);
            for (long at = end; at < end + bytes; ) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), end + bytes - at));
                at += channel.write(zeros, at);
            }
            return channel.map(FileChannel.MapMode.READ_WRITE, end, bytes);
        } catch (IOException e) {
            throw new Diffusion4jException(
                    (file == null ? "temporary folder" : file) + ": expected room for decoded pictures, found: "
                            + e.getMessage(),
                    e);
        }
    }

    /** All are in, or it is not needed any more: nothing that comes later makes room for itself. */
    synchronized void finish() {
        finished = true;
        try {
            if (channel != null) {
                channel.close();
                channel = null;
                Files.delete(file);
            }
        } catch (IOException e) {
            // Windows deletes no file that is mapped.
            file.toFile().deleteOnExit();
        }
    }

    /** Whether some of it lies in a file. */
    boolean mapped() {
        return file != null;
    }

    byte[] read(long place, int length) {
        byte[] data = new byte[length];
        chunks.get((int) (place >>> 32)).get((int) place, data);
        return data;
    }
}
