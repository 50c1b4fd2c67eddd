package org.diffusion4j.weights.diffusers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.TensorFile;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.diffusion4j.weights.torchfile.TorchFile;

/** The open files of a network's weights: a single file or several shards. */
final class WeightFiles implements AutoCloseable {
    static final String SINGLE = WeightLayout.DIFFUSERS.single();

    /** The file, or the index of the shards; for messages. */
    private final Path file;

    private final WeightFormat format;
    private final Map<Path, TensorFile> readers = new LinkedHashMap<>();
    private final Map<String, Path> shards = new LinkedHashMap<>();

    private WeightFiles(Path file, WeightFormat format) {
        this.file = file;
        this.format = format;
    }

    static WeightFiles open(Path folder, WeightLayout layout, WeightPreference preference) {
        WeightChoice choice = WeightChoice.in(folder, layout, preference);
        WeightFiles files = new WeightFiles(folder.resolve(choice.file()), choice.format());
        try {
            if (choice.sharded()) {
                files.openShards(folder);
            } else {
                files.add(files.file, List.of());
            }
            return files;
        } catch (Diffusion4jException e) {
            files.close();
            throw e;
        }
    }

    private void openShards(Path folder) {
        Map<String, List<String>> index = ShardIndex.read(file, format).shards();
        for (String shard : index.keySet()) {
            if (!Files.exists(folder.resolve(shard))) {
                throw FileFault.in(
                        folder.resolve(shard),
                        "expected this shard, as " + file.getFileName() + " says, found no such file");
            }
        }
        index.forEach((shard, listed) -> add(folder.resolve(shard), listed));
    }

    /** @param listed the tensors that are in the shard according to the index */
    private void add(Path shard, List<String> listed) {
        TensorFile reader = open(shard, format);
        readers.put(shard, reader);
        for (String name : listed) {
            if (!reader.names().contains(name)) {
                throw FileFault.in(shard, name, "expected this tensor, as " + file.getFileName() + " says, found none");
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

    private static TensorFile open(Path file, WeightFormat format) {
        return switch (format) {
            case SAFETENSORS -> SafetensorsReader.open(file);
            case TORCH -> TorchFile.open(file);
        };
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

    /** Closes the files that have none of the tensors. */
    void closeAllBut(Collection<WeightTensor> needed) {
        Set<TensorFile> held = needed.stream()
                .filter(FileTensor.class::isInstance)
                .map(tensor -> ((FileTensor) tensor).file())
                .collect(Collectors.toSet());
        readers.values().stream().filter(reader -> !held.contains(reader)).forEach(TensorFile::close);
    }

    @Override
    public void close() {
        readers.values().forEach(TensorFile::close);
    }
}
