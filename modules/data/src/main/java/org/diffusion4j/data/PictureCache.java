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
 * Decoded pictures, kept on the heap up to a budget, and beyond it in a temporary file that is mapped into memory. The file
 * is deleted as soon as all pictures are in it (on Windows, when the program ends); its memory is freed with this object.
 * Several threads may read after {@link #finish} was called.
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
     * @param heapBytes the budget on the heap
     * @param expectedBytes about how many bytes will come, so that few pictures need little memory
     */
    PictureCache(long heapBytes, long expectedBytes) {
        this.heapLeft = heapBytes;
        this.chunkBytes = (int) Math.max(1, Math.min(CHUNK_BYTES, expectedBytes));
    }

    /** @return the position for {@link #read} */
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
            // The bytes are written and not just mapped, so that a full disk is an error here instead of a crash later.
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

    /** Must be called when all pictures are in, or the cache isn't needed any more. Nothing can be added afterwards. */
    synchronized void finish() {
        finished = true;
        try {
            if (channel != null) {
                channel.close();
                channel = null;
                Files.delete(file);
            }
        } catch (IOException e) {
            // Windows can't delete a mapped file.
            file.toFile().deleteOnExit();
        }
    }

    /** Whether some of the pictures are in a file. */
    boolean mapped() {
        return file != null;
    }

    byte[] read(long place, int length) {
        byte[] data = new byte[length];
        chunks.get((int) (place >>> 32)).get((int) place, data);
        return data;
    }
}
