package org.diffusion4j.weights.safetensors;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.ForeignFile;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorBytes;
import org.diffusion4j.weights.tensor.TensorFile;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Reads a safetensors file: 8 bytes with the header's length, the header (JSON), then the tensors' bytes. The header is
 * checked when the file is opened. The data is read when it is needed, so a file may be larger than 2 GB. Several threads
 * may read at once.
 *
 * @see <a href="https://huggingface.co/docs/safetensors">the format</a>
 */
public final class SafetensorsReader implements TensorFile {
    private final Path file;
    private final FileChannel channel;
    private final long dataStart;
    private final Map<String, String> metadata;
    private final Map<String, TensorEntry> entries;

    private SafetensorsReader(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        long fileBytes = channel.size();
        if (fileBytes < Long.BYTES) {
            refuseForeign();
            throw FileFault.in(file, "expected a header's length in 8 bytes, found a file of " + fileBytes);
        }
        long headerBytes = readFully(0, Long.BYTES).getLong();
        long most = Math.min(fileBytes - Long.BYTES, SafetensorsHeader.MAX_BYTES);
        boolean possible = headerBytes > 0 && headerBytes <= most;
        if (!possible || readFully(Long.BYTES, 1).get() != '{') {
            refuseForeign();
        }
        if (headerBytes < 0 || headerBytes > most) {
            throw FileFault.in(
                    file,
                    "expected a header of " + most + " bytes at most, found a length of "
                            + Long.toUnsignedString(headerBytes));
        }
        this.dataStart = Long.BYTES + headerBytes;
        SafetensorsHeader header = SafetensorsHeader.parse(
                file, readFully(Long.BYTES, (int) headerBytes).array(), fileBytes - dataStart);
        this.metadata = Collections.unmodifiableMap(header.metadata());
        this.entries = new LinkedHashMap<>();
        header.entries().forEach(entry -> entries.put(entry.name(), entry));
    }

    private void refuseForeign() {
        // A damaged file of the right kind is told below what is wrong with it.
        Optional<String> kind = ForeignFile.kind(file).filter(found -> !found.equals(ForeignFile.SAFETENSORS));
        if (kind.isPresent()) {
            throw FileFault.in(file, "expected a safetensors file, found " + kind.get());
        }
    }

    /**
     * Opens a file and checks its header.
     *
     * @param file a safetensors file
     * @return the reader, which the caller closes
     * @throws Diffusion4jException if the file can't be read, is another kind of file (which the message names), or doesn't
     *     match its header
     */
    public static SafetensorsReader open(Path file) {
        FileChannel channel = null;
        SafetensorsReader reader = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
            reader = new SafetensorsReader(file, channel);
            return reader;
        } catch (IOException e) {
            throw FileFault.from(file, "read a safetensors file", e);
        } finally {
            if (reader == null && channel != null) {
                closeQuietly(channel);
            }
        }
    }

    @Override
    public Path path() {
        return file;
    }

    /**
     * The tensors' names.
     *
     * @return names in the order of the file's data
     */
    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    /**
     * The texts under {@code __metadata__}; diffusers writes {@code format=pt}.
     *
     * @return keys and texts, in the file's order
     */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * The header's entry for a tensor.
     *
     * @param name the tensor's name
     * @return type, shape and offsets
     * @throws Diffusion4jException if there is no such tensor
     */
    public TensorEntry entry(String name) {
        TensorEntry entry = entries.get(name);
        if (entry == null) {
            throw FileFault.in(file, name, "expected such a tensor, found none among " + entries.size());
        }
        return entry;
    }

    /**
     * A tensor that is still in the file: for unchanged copying, or to be read later, while this reader is still open.
     *
     * @param name the tensor's name
     * @return the tensor
     * @throws Diffusion4jException if there is no such tensor
     */
    @Override
    public FileTensor tensor(String name) {
        return tensor(entry(name));
    }

    private FileTensor tensor(TensorEntry entry) {
        return new FileTensor(this, entry.name(), entry.type(), entry.shape(), new Region(entry));
    }

    /**
     * All tensors, for unchanged copying.
     *
     * @return tensors by name, in the order of the file's data
     */
    public Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        entries.forEach((name, entry) -> tensors.put(name, tensor(entry)));
        return tensors;
    }

    /**
     * Reads a tensor of floats.
     *
     * @param name the tensor's name
     * @return a FLOAT array of the tensor's shape, c order; F16 and BF16 are exact, F64 is rounded
     * @throws Diffusion4jException if there is no such tensor, or it is of another type than F64, F32, F16 and BF16
     */
    public INDArray read(String name) {
        return tensor(name).floats();
    }

    /**
     * Reads a tensor of whole numbers or booleans (0 and 1).
     *
     * @param name the tensor's name
     * @return a LONG array of the tensor's shape, c order
     * @throws Diffusion4jException if there is no such tensor, it is of another type than I64, I32, I16, I8, U64, U32,
     *     U16, U8 and BOOL, or a U64 doesn't fit into a long
     */
    public INDArray readLong(String name) {
        return tensor(name).longs();
    }

    /** The bytes of a tensor, which lie in one piece. */
    private final class Region implements TensorBytes {
        private final TensorEntry entry;

        Region(TensorEntry entry) {
            this.entry = entry;
        }

        @Override
        public void read(long from, ByteBuffer target) throws IOException {
            fill(dataStart + entry.begin() + from, target);
        }

        @Override
        public void writeTo(long length, WritableByteChannel target) throws IOException {
            for (long from = entry.begin(); from < entry.end(); ) {
                long copied = channel.transferTo(dataStart + from, entry.end() - from, target);
                if (copied <= 0) {
                    throw shorter();
                }
                from += copied;
            }
        }
    }

    private ByteBuffer readFully(long from, int length) throws IOException {
        return readFully(from, ByteBuffer.allocate(length));
    }

    private ByteBuffer readFully(long from, ByteBuffer buffer) throws IOException {
        fill(from, buffer);
        return buffer.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    private void fill(long from, ByteBuffer buffer) throws IOException {
        int start = buffer.position();
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, from + buffer.position() - start) < 0) {
                throw shorter();
            }
        }
    }

    /** The header's check has made sure that all tensors are within the file as it was when it was opened. */
    private static EOFException shorter() {
        return new EOFException("the file has become shorter");
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }

    /** Closes a file that was only read, so nothing is lost if that fails. */
    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new Diffusion4jException("expected to close a file, found " + FileFault.oneLine(e.toString()), e);
        }
    }
}
