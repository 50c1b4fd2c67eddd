package org.diffusion4j.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;

/** The open safetensors files of a U-Net's folder: a single file or several shards. */
final class WeightFiles implements AutoCloseable {
    static final String STEM = "diffusion_pytorch_model";
    static final String SINGLE = STEM + ".safetensors";

    /** The possible file names in diffusers' order of preference; those in half precision come last. */
    private static final List<String> CANDIDATES = List.of(
            STEM + ".safetensors.index.json",
            SINGLE,
            STEM + ".safetensors.index.fp16.json",
            STEM + ".fp16.safetensors.index.json",
            STEM + ".fp16.safetensors");

    private static final List<String> PICKLES = List.of(STEM + ".bin", STEM + ".fp16.bin");

    /** The file, or the index of the shards; for messages. */
    private final Path file;

    private final Map<Path, SafetensorsReader> readers = new LinkedHashMap<>();
    private final Map<String, Path> shards = new LinkedHashMap<>();

    private WeightFiles(Path file) {
        this.file = file;
    }

    /** Whether a folder has weights, even in a format that can't be read. */
    static boolean existIn(Path folder) {
        return Stream.concat(CANDIDATES.stream(), PICKLES.stream())
                .map(folder::resolve)
                .anyMatch(Files::exists);
    }

    static WeightFiles open(Path folder) {
        Optional<Path> found =
                CANDIDATES.stream().map(folder::resolve).filter(Files::exists).findFirst();
        WeightFiles files = new WeightFiles(found.orElseThrow(() -> missing(folder)));
        try {
            if (files.file.getFileName().toString().endsWith(".json")) {
                files.openShards(folder);
            } else {
                files.open(files.file, null);
            }
            return files;
        } catch (Diffusion4jException e) {
            files.close();
            throw e;
        }
    }

    private static Diffusion4jException missing(Path folder) {
        if (PICKLES.stream().map(folder::resolve).anyMatch(Files::exists)) {
            return FileFault.in(
                    folder,
                    "expected " + SINGLE + ", found " + STEM
                            + ".bin only, a pickle that only Python reads: convert it to"
                            + " safetensors with diffusers' UNet2DModel.from_pretrained(…).save_pretrained(…)");
        }
        return FileFault.in(folder, "expected " + SINGLE + ", found no such file");
    }

    private void openShards(Path folder) {
        JsonNode map = JsonFile.read(file).path("weight_map");
        if (!(map instanceof ObjectNode)) {
            throw new Diffusion4jException(file + ", weight_map: expected an object, found " + ConfigFields.shown(map));
        }
        Map<Path, Set<String>> byShard = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> tensor : map.properties()) {
            Path shard = shard(folder, tensor.getKey(), tensor.getValue());
            byShard.computeIfAbsent(shard, path -> new LinkedHashSet<>()).add(tensor.getKey());
        }
        byShard.forEach(this::open);
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
                throw FileFault.in(file, tensor, "expected a file's name, found " + ConfigFields.shown(name));
            }
        }
        throw FileFault.in(
                file,
                tensor,
                "expected the name of a .safetensors file in this folder, found " + ConfigFields.shown(name));
    }

    /** @param listed the tensors that are in the shard according to the index; null if there is no index */
    private void open(Path shard, Set<String> listed) {
        SafetensorsReader reader = SafetensorsReader.open(shard);
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

    SafetensorsReader reader(String name) {
        return readers.get(shards.get(name));
    }

    @Override
    public void close() {
        readers.values().forEach(SafetensorsReader::close);
    }
}
