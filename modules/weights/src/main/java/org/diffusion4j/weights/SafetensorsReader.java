package org.diffusion4j.weights;

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
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Reads a safetensors file: 8 bytes with the header's length, the header (JSON), then the tensors' bytes. The header is
 * checked when the file is opened. The data is read when it is needed, so a file may be larger than 2 GB. Several threads
 * may read at once.
 *
 * @see <a href="https://huggingface.co/docs/safetensors">the format</a>
 */
public final class SafetensorsReader implements AutoCloseable {
    /** ND4J's own limit. */
    private static final int MAX_RANK = 32;

    private static final ThreadLocal<FiniteScan> SCAN = ThreadLocal.withInitial(FiniteScan::new);

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
     * A tensor that is still in the file: for unchanged copying, or to be read later, while this reader is still open.
     *
     * @param name the tensor's name
     * @return the tensor
     * @throws Diffusion4jException if there is no such tensor
     */
    public WeightTensor tensor(String name) {
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
        return readAs(DataType.FLOAT, entryOfFloats(name));
    }

    private TensorEntry entryOfFloats(String name) {
        TensorEntry entry = entry(name);
        if (!entry.type().isFloat()) {
            throw FileFault.in(file, name, "expected F64, F32, F16 or BF16, found " + entry.type());
        }
        return entry;
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
        boolean asItIs = entry.type() == TensorType.F32 && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        int sourceBytes = entry.type().bits() / 8;
        int targetBytes = arrayType.width();
        int windowLength = ArrayMemory.WINDOW / Long.BYTES;
        ByteBuffer window = asItIs ? null : ByteBuffer.allocateDirect(windowLength * sourceBytes);
        long length = entry.byteSize() / sourceBytes;
        for (long first = 0; first < length; first += windowLength) {
            int count = (int) Math.min(windowLength, length - first);
            long position = dataStart + entry.begin() + first * sourceBytes;
            ByteBuffer target = ArrayMemory.window(array, first * targetBytes, count * targetBytes);
            if (asItIs) {
                readFully(entry, position, target);
                continue;
            }
            ByteBuffer source = readFully(entry, position, window.clear().limit(count * sourceBytes));
            switch (arrayType) {
                case FLOAT -> decodeFloats(entry.type(), source, target);
                default -> decodeLongs(entry, source, target);
            }
        }
        return array;
    }

    private static void decodeFloats(TensorType type, ByteBuffer source, ByteBuffer target) {
        while (target.hasRemaining()) {
            target.putInt(
                    switch (type) {
                        case F16 -> HalfPrecision.widen(source.getShort());
                        case BF16 -> BrainFloat.widen(source.getShort());
                        case F32 -> source.getInt();
                        default -> Float.floatToRawIntBits((float) source.getDouble());
                    });
        }
    }

    /**
     * Whether all elements of a tensor of floats are finite. This reads them, but keeps none.
     *
     * @param name the tensor's name
     * @return false if one is NaN or infinite, or an F64 that no float can hold
     */
    boolean isFinite(String name) {
        TensorEntry entry = entryOfFloats(name);
        FiniteScan scan = SCAN.get();
        for (long from = entry.begin(); from < entry.end(); ) {
            ByteBuffer window = readFully(entry, dataStart + from, scan.window(entry.end() - from));
            from += window.remaining();
            if (!scan.isFinite(entry.type(), window)) {
                return false;
            }
        }
        return true;
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

    /** Writes a tensor's bytes as they are in the file. */
    void copyTo(WritableByteChannel target, TensorEntry entry) throws IOException {
        for (long from = entry.begin(); from < entry.end(); ) {
            long copied = channel.transferTo(dataStart + from, entry.end() - from, target);
            if (copied <= 0) {
                throw shorter();
            }
            from += copied;
        }
    }

    /** Fills a buffer from a position in the file, and makes it ready to be read, little-endian. */
    private ByteBuffer readFully(TensorEntry entry, long from, ByteBuffer buffer) {
        try {
            return readFully(from, buffer);
        } catch (IOException e) {
            throw FileFault.from(file, "read " + FileFault.quote(entry.name()), e);
        }
    }

    private ByteBuffer readFully(long from, int length) throws IOException {
        return readFully(from, ByteBuffer.allocate(length));
    }

    private ByteBuffer readFully(long from, ByteBuffer buffer) throws IOException {
        int start = buffer.position();
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, from + buffer.position() - start) < 0) {
                throw shorter();
            }
        }
        return buffer.flip().order(ByteOrder.LITTLE_ENDIAN);
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
