package org.diffusion4j.training.tensorboard;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A new file in TensorFlow's framing ({@code tensorflow/core/lib/io/record_writer.h}): the record's length as 8 bytes, its
 * checksum, the record, its checksum; all little-endian.
 */
final class TfRecordFile implements AutoCloseable {
    private final OutputStream out;

    /** @throws java.nio.file.FileAlreadyExistsException if it is there */
    TfRecordFile(Path file) throws IOException {
        out = new BufferedOutputStream(
                Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    void write(byte[] content) throws IOException {
        byte[] length = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(content.length)
                .array();
        out.write(length);
        out.write(checksum(length));
        out.write(content);
        out.write(checksum(content));
    }

    /** CRC-32C, turned and moved so that a checksum of what holds checksums is as good as any. */
    private static byte[] checksum(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content, 0, content.length);
        int masked = Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(masked)
                .array();
    }

    void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
