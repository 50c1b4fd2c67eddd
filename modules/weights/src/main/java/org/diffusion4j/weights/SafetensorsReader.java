package org.diffusion4j.weights;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Reads a safetensors file: 8 bytes with the header's length, the header (JSON), then the tensors' bytes. The header is
 * checked when the file is opened. The data is mapped into memory when it is needed, one piece at a time, so a file may be
 * larger than 2 GB. Several threads may read at once.
 *
 * @see <a href="https://huggingface.co/docs/safetensors">the format</a>
 */
public final class SafetensorsReader implements AutoCloseable {
    /** ND4J's own limit. */
    private static final int MAX_RANK = 32;

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
        Optional<String> kind = ForeignFile.kind(file);
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

    Path file() {
        return file;
    }

    /**
     * The tensors' names.
     *
     * @return names in the order of the file's data
     */
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
     * A tensor for unchanged copying. Its bytes are read when it is written, so this reader must still be open then.
     *
     * @param name the tensor's name
     * @return the tensor
     * @throws Diffusion4jException if there is no such tensor
     */
    public Tensor tensor(String name) {
        return new FileTensor(this, entry(name));
    }

    /**
     * All tensors, for unchanged copying.
     *
     * @return tensors by name, in the order of the file's data
     */
    public Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        entries.forEach((name, entry) -> tensors.put(name, new FileTensor(this, entry)));
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
        TensorEntry entry = entry(name);
        if (!entry.type().isFloat()) {
            throw FileFault.in(file, name, "expected F64, F32, F16 or BF16, found " + entry.type());
        }
        return readAs(DataType.FLOAT, entry);
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
        TensorEntry entry = entry(name);
        boolean whole =
                switch (entry.type()) {
                    case BOOL, U8, I8, I16, U16, I32, U32, I64, U64 -> true;
                    default -> false;
                };
        if (!whole) {
            throw FileFault.in(file, name, "expected a type of whole numbers such as I64, found " + entry.type());
        }
        return readAs(DataType.INT64, entry);
    }

    private INDArray readAs(DataType arrayType, TensorEntry entry) {
        if (entry.shape().length > MAX_RANK) {
            throw FileFault.in(
                    file, entry.name(), "expected at most " + MAX_RANK + " dimensions, found " + entry.shape().length);
        }
        INDArray array = Nd4j.createUninitializedDetached(arrayType, entry.shape());
        int sourceBytes = entry.type().bits() / 8;
        int targetBytes = arrayType.width();
        int windowLength = ArrayMemory.WINDOW / Long.BYTES;
        long length = entry.byteSize() / sourceBytes;
        for (long first = 0; first < length; first += windowLength) {
            int count = (int) Math.min(windowLength, length - first);
            ByteBuffer source;
            try {
                source = map(entry.begin() + first * sourceBytes, (long) count * sourceBytes);
            } catch (IOException e) {
                throw FileFault.from(file, "read " + FileFault.quote(entry.name()), e);
            }
            ByteBuffer target = ArrayMemory.window(array, first * targetBytes, count * targetBytes);
            switch (arrayType) {
                case FLOAT -> decodeFloats(entry.type(), source, target);
                default -> decodeLongs(entry, source, target);
            }
        }
        return array;
    }

    private static void decodeFloats(TensorType type, ByteBuffer source, ByteBuffer target) {
        if (type == TensorType.F32) {
            target.asIntBuffer().put(source.asIntBuffer());
            return;
        }
        while (target.hasRemaining()) {
            target.putInt(
                    switch (type) {
                        case F16 -> HalfPrecision.widen(source.getShort());
                        case BF16 -> BrainFloat.widen(source.getShort());
                        default -> Float.floatToRawIntBits((float) source.getDouble());
                    });
        }
    }

    private void decodeLongs(TensorEntry entry, ByteBuffer source, ByteBuffer target) {
        while (target.hasRemaining()) {
            long value =
                    switch (entry.type()) {
                        case BOOL, U8 -> Byte.toUnsignedLong(source.get());
                        case I8 -> source.get();
                        case I16 -> source.getShort();
                        case U16 -> Short.toUnsignedLong(source.getShort());
                        case I32 -> source.getInt();
                        case U32 -> Integer.toUnsignedLong(source.getInt());
                        default -> source.getLong();
                    };
            if (entry.type() == TensorType.U64 && value < 0) {
                throw FileFault.in(
                        file, entry.name(), "expected numbers below 2^63, found " + Long.toUnsignedString(value));
            }
            target.putLong(value);
        }
    }

    /**
     * Maps a part of the data, little-endian. The header's check has made sure that it is within the file as it was when
     * opened.
     */
    ByteBuffer map(long from, long length) throws IOException {
        // The file may have been cut since it was opened, and reading a mapping beyond its end would crash.
        if (dataStart + from + length > channel.size()) {
            throw new EOFException("the file has become shorter");
        }
        return channel.map(FileChannel.MapMode.READ_ONLY, dataStart + from, length)
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer readFully(long from, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, from + buffer.position()) < 0) {
                throw new EOFException("the file has become shorter");
            }
        }
        return buffer.flip();
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
