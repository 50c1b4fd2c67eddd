package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.file.JsonValues;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.TensorFile;

/** The open safetensors files of a network's folder: a single file or several shards. */
final class WeightFiles implements AutoCloseable {
    static final String SINGLE = WeightLayout.DIFFUSERS.single();

    /** The file, or the index of the shards; for messages. */
    private final Path file;

    private final Map<Path, TensorFile> readers = new LinkedHashMap<>();
    private final Map<String, Path> shards = new LinkedHashMap<>();

    private WeightFiles(Path file) {
        this.file = file;
    }

    /** Whether a folder has weights of a library, even in a format that can't be read. */
    static boolean existIn(Path folder, WeightLayout layout) {
        return Stream.concat(layout.candidates().stream(), layout.pickles().stream())
                .map(folder::resolve)
                .anyMatch(Files::exists);
    }

    static WeightFiles open(Path folder, WeightLayout layout) {
        Optional<Path> found = layout.candidates().stream()
                .map(folder::resolve)
                .filter(Files::exists)
                .findFirst();
        WeightFiles files = new WeightFiles(found.orElseThrow(() -> missing(folder, layout)));
        try {
            if (files.file.getFileName().toString().endsWith(".json")) {
                files.openShards(folder);
            } else {
                files.add(files.file, null);
            }
            return files;
        } catch (Diffusion4jException e) {
            files.close();
            throw e;
        }
    }

    private static Diffusion4jException missing(Path folder, WeightLayout layout) {
        Optional<String> pickle = layout.pickles().stream()
                .filter(name -> Files.exists(folder.resolve(name)))
                .findFirst();
        return FileFault.in(
                folder,
                "expected " + layout.single() + ", found "
                        + pickle.map(name ->
                                        name + " only, a pickle that only Python reads: convert it to safetensors with"
                                                + " from_pretrained(…).save_pretrained(…) of the network's class")
                                .orElse("no such file"));
    }

    private void openShards(Path folder) {
        JsonNode map = JsonFile.read(file).path("weight_map");
        if (!(map instanceof ObjectNode)) {
            throw new Diffusion4jException(file + ", weight_map: expected an object, found " + JsonValues.shown(map));
        }
        Map<Path, Set<String>> byShard = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> tensor : map.properties()) {
            Path shard = shard(folder, tensor.getKey(), tensor.getValue());
            byShard.computeIfAbsent(shard, path -> new LinkedHashSet<>()).add(tensor.getKey());
        }
        byShard.forEach(this::add);
    }

    /** The path of a shard, which must be in the index's own folder, whatever the index says. */
    private Path shard(Path folder, String tensor, JsonNode name) {
        if (name.isTextual()) {
            try {
                Path path = Path.of(name.textValue());
                if (path.getNameCount() == 1
                        && !path.isAbsolute()
                        && path.equals(path.normalize())
                        && name.textValue().endsWith(".safetensors")) {
                    return folder.resolve(path);
                }
            } catch (InvalidPathException e) {
                throw FileFault.in(file, tensor, "expected a file's name, found " + JsonValues.shown(name));
            }
        }
        throw FileFault.in(
                file,
                tensor,
                "expected the name of a .safetensors file in this folder, found " + JsonValues.shown(name));
    }

    /** @param listed the tensors that are in the shard according to the index; null if there is no index */
    private void add(Path shard, Set<String> listed) {
        TensorFile reader = SafetensorsReader.open(shard);
        readers.put(shard, reader);
        if (listed != null) {
            for (String name : listed) {
                if (!reader.names().contains(name)) {
                    throw FileFault.in(
                            shard, name, "expected this tensor, as " + file.getFileName() + " says, found none");
                }
            }
        }
        for (String name : reader.names()) {
            Path other = shards.putIfAbsent(name, shard);
            if (other != null) {
                throw FileFault.in(
                        shard, name, "expected each tensor in one shard, found it in " + other.getFileName() + " too");
            }
        }
    }

    Path file() {
        return file;
    }

    Set<String> names() {
        return shards.keySet();
    }

    FileTensor tensor(String name) {
        return readers.get(shards.get(name)).tensor(name);
    }

    @Override
    public void close() {
        readers.values().forEach(TensorFile::close);
    }
}
