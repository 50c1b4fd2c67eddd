package org.diffusion4j.weights.torchfile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileFault;

/** Reads the zip archives of torch.save: one folder of any name with {@code data.pkl}, and a storage in each {@code data/KEY}. */
final class TorchZip {
    private static final String PICKLE = "data.pkl";

    /** Of a pickle after decompression; those that lie in the file as they are have no such limit. */
    private static final long MOST_INFLATED_PICKLE = 128L << 20;

    private final OpenFile file;
    private final ZipArchive archive;
    private final String folder;

    private TorchZip(OpenFile file, ZipArchive archive) {
        this.file = file;
        this.archive = archive;
        this.folder = folder();
    }

    static TorchContent read(OpenFile file) throws IOException {
        return new TorchZip(file, ZipArchive.read(file)).content();
    }

    /** PyTorch takes the first entry's folder; archives that were made anew may begin with another one. */
    private String folder() {
        List<String> folders = archive.entries().keySet().stream()
                .filter(name -> name.indexOf('/') == name.lastIndexOf('/') && name.endsWith("/" + PICKLE))
                .map(name -> name.substring(0, name.length() - PICKLE.length()))
                .toList();
        if (folders.isEmpty()) {
            throw fault("expected a folder with " + PICKLE + " in the archive, found none");
        }
        String first = archive.entries().keySet().iterator().next();
        String own = folders.stream().filter(first::startsWith).findFirst().orElse(folders.get(0));
        if (archive.entries().containsKey(own + "constants.pkl")
                || archive.entries().keySet().stream().anyMatch(name -> name.startsWith(own + "code/"))) {
            throw fault(
                    "expected weights as torch.save writes them, found a TorchScript program, as torch.jit.save does");
        }
        return own;
    }

    private Diffusion4jException fault(String expectedAndFound) {
        return FileFault.in(file.path(), expectedAndFound);
    }

    private TorchContent content() throws IOException {
        requireLittleEndian();
        ZipArchive.Entry pickle = archive.entries().get(folder + PICKLE);
        if (pickle.size() > Math.max(MOST_INFLATED_PICKLE, file.size())) {
            throw FileFault.in(
                    file.path(),
                    pickle.name(),
                    "expected a pickle of " + MOST_INFLATED_PICKLE + " bytes at most, found " + pickle.size());
        }
        TorchValues values = new TorchValues();
        Object top;
        try (InputStream in = archive.stream(pickle)) {
            PickleInput input = new PickleInput(file.path(), pickle.name(), in, pickle.size());
            top = new PickleReader(input, values).read();
        }
        Map<String, StorageBytes> storages = new HashMap<>();
        for (TorchStorage storage : values.storages().values()) {
            storages.put(storage.key(), bytes(storage));
        }
        return new TorchContent(TorchFormat.ZIP, top, storages);
    }

    /** The order isn't given by releases before 2.1, which knew no other. */
    private void requireLittleEndian() throws IOException {
        ZipArchive.Entry entry = archive.entries().get(folder + "byteorder");
        if (entry != null) {
            try (InputStream in = archive.stream(entry)) {
                String order = new String(in.readNBytes(16), StandardCharsets.UTF_8).strip();
                if (!order.equals("little")) {
                    throw FileFault.in(
                            file.path(),
                            entry.name(),
                            "expected numbers in the order 'little', found " + FileFault.quote(order)
                                    + ": save the file anew on an ordinary computer");
                }
            }
        }
    }

    private StorageBytes bytes(TorchStorage storage) throws IOException {
        String name = folder + "data/" + storage.key();
        ZipArchive.Entry entry = archive.entries().get(name);
        if (entry == null || storage.key().contains("/")) {
            throw FileFault.in(file.path(), name, "expected a storage of that name, found none");
        }
        StorageBytes bytes = archive.open(entry);
        if (bytes.size() < storage.wholeBytes()) {
            throw FileFault.in(
                    file.path(),
                    name,
                    "expected a storage of " + storage.wholeBytes() + " bytes, found " + bytes.size());
        }
        return bytes;
    }
}
