package org.diffusion4j.weights.torchfile;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.diffusion4j.weights.file.FileFault;

/**
 * Reads what torch.save wrote before 1.6: the pickles of a magic number, a version, the machine's properties, the object and
 * the storages' keys, and then the storages in the order of the keys, each behind its number of elements. They are
 * little-endian whatever the machine's properties say, as PyTorch has always written them so.
 */
final class TorchLegacy {
    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long VERSION = 1001;

    private final OpenFile file;
    private final PickleInput input;

    private TorchLegacy(OpenFile file) {
        this.file = file;
        this.input = new PickleInput(file.path(), "pickle", file.stream(0, file.size()), file.size());
    }

    static TorchContent read(OpenFile file) throws IOException {
        return new TorchLegacy(file).content();
    }

    private TorchContent content() throws IOException {
        PickleMeaning inert = new PickleMeaning() {};
        if (!MAGIC.equals(next(inert))) {
            throw input.fault("expected the number with which files of torch.save begin, found another value");
        }
        if (!Long.valueOf(VERSION).equals(next(inert))) {
            throw input.fault("expected version " + VERSION + ", found another value");
        }
        next(inert);
        TorchValues values = new TorchValues();
        Object top = next(values);
        if (!(next(inert) instanceof PickleList keys)) {
            throw input.fault("expected the list of the storages' keys, found another value");
        }
        Map<String, StorageBytes> storages = new HashMap<>();
        long at = input.position();
        for (Object value : keys.items()) {
            TorchStorage storage =
                    TorchValues.key(value).map(values.storages()::get).orElse(null);
            if (storage == null || storages.containsKey(storage.key())) {
                throw input.fault("expected each key of a storage that a tensor has, found another key");
            }
            StoredBytes bytes = storage(storage, at);
            storages.put(storage.key(), bytes);
            at = bytes.start() + bytes.size();
        }
        if (storages.size() < values.storages().size()) {
            throw input.fault(
                    "expected the keys of " + values.storages().size() + " storages, found " + storages.size());
        }
        return new TorchContent(TorchFormat.LEGACY, top, storages);
    }

    private Object next(PickleMeaning meaning) {
        return new PickleReader(input, meaning).read();
    }

    private StoredBytes storage(TorchStorage storage, long at) throws IOException {
        long start = at + Long.BYTES;
        if (start > file.size() || storage.wholeBytes() > file.size() - start) {
            throw FileFault.in(
                    file.path(),
                    "expected a storage of " + storage.wholeBytes() + " bytes from byte " + at
                            + " on, found the file's end at " + file.size());
        }
        ByteBuffer length = ByteBuffer.allocate(Long.BYTES);
        file.read(at, length);
        long elements = length.flip().order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (elements != storage.wholeLength()) {
            throw FileFault.in(
                    file.path(),
                    "expected a storage of " + storage.wholeLength() + " elements at byte " + at + ", found one of "
                            + elements);
        }
        return new StoredBytes(file, start, storage.wholeBytes());
    }
}
