package org.diffusion4j.weights.lora;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.tensor.TensorFile;
import org.diffusion4j.weights.torchfile.TorchFile;

/**
 * An adapter's file, in any of the {@linkplain LoraFormat forms} in which LoRA and its relatives are found. The form is recognised by
 * the tensors' names. Which layers of a model are meant is looked up when it is applied, as kohya's names can't be read without
 * the model. The numbers stay in the file until they are needed.
 *
 * <p>A layer's weight W becomes W + scale · alpha / rank · (up·down), where alpha is the rank if the file has none. DoRA, whose
 * magnitudes need the model's weights at every change of the scale, is refused.
 */
public final class LoraFile implements AutoCloseable {
    private final TensorFile file;
    private final LoraFormat format;
    private final List<LoraModule> modules;

    private LoraFile(TensorFile file, LoraFormat format, List<LoraModule> modules) {
        this.file = file;
        this.format = format;
        this.modules = List.copyOf(modules);
    }

    /**
     * Opens an adapter.
     *
     * @param path a safetensors file or one of torch.save, or a folder with one under PEFT's or diffusers' name. PEFT's {@code
     *     adapter_config.json} beside it is read
     * @return the adapter, which the caller closes
     * @throws Diffusion4jException if it can't be read, isn't an adapter, is half of one, or is of a kind that isn't supported; the
     *     message names the tensor
     */
    public static LoraFile open(Path path) {
        Path weights = AdapterFiles.weights(path);
        Optional<PeftMetadata> options = AdapterFiles.options(weights).map(PeftMetadata::ofFile);
        if (TorchFile.recognises(weights)) {
            TorchFile file = TorchFile.open(weights);
            return opened(file, () -> options.orElseGet(() -> PeftMetadata.of(weights, Map.of())));
        }
        SafetensorsReader reader = SafetensorsReader.open(weights);
        return opened(reader, () -> options.orElseGet(() -> PeftMetadata.of(weights, reader.metadata())));
    }

    /**
     * Reads an adapter of an open file.
     *
     * @param file the file, which is closed with the adapter, or at once if this fails
     * @param metadata the texts of its header; none if it has no header
     * @return the adapter, which the caller closes
     * @throws Diffusion4jException as for {@link #open}
     */
    public static LoraFile of(TensorFile file, Map<String, String> metadata) {
        return opened(file, () -> PeftMetadata.of(file.path(), metadata));
    }

    private static LoraFile opened(TensorFile file, Supplier<PeftMetadata> options) {
        boolean good = false;
        try {
            LoraFile lora = read(file, options.get());
            good = true;
            return lora;
        } finally {
            if (!good) {
                file.close();
            }
        }
    }

    private static LoraFile read(TensorFile file, PeftMetadata metadata) {
        Map<String, LoraModuleParts> layers = new LinkedHashMap<>();
        Map<LoraFormat, Integer> formats = new EnumMap<>(LoraFormat.class);
        for (String name : file.names()) {
            LoraKey key = LoraKey.of(name)
                    .orElseThrow(() -> FileFault.in(
                            file.path(),
                            name,
                            "expected a tensor of an adapter, such as lora_A.weight, found this name"));
            layers.computeIfAbsent(key.component() + " " + key.module(), any -> new LoraModuleParts(key))
                    .add(key.part(), file.tensor(name));
            if (key.format() != null) {
                formats.merge(key.format(), 1, Integer::sum);
            }
        }
        LoraFormat format = formats.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElseThrow(() -> FileFault.in(file.path(), "expected an adapter, found no tensors of one"));
        List<LoraModule> modules = new ArrayList<>();
        layers.values().forEach(parts -> modules.add(parts.module(metadata)));
        return new LoraFile(file, format, modules);
    }

    /**
     * Whether a path is that of an adapter, by the names of its tensors.
     *
     * @param path any path
     * @return false, too, if it can't be read
     */
    public static boolean isOne(Path path) {
        if (!Files.exists(path)) {
            return false;
        }
        try (TensorFile file = opened(AdapterFiles.weights(path))) {
            return !file.names().isEmpty()
                    && file.names().stream().allMatch(name -> LoraKey.of(name).isPresent());
        } catch (Diffusion4jException e) {
            return false; // whoever reads it says why
        }
    }

    private static TensorFile opened(Path weights) {
        return TorchFile.recognises(weights) ? TorchFile.open(weights) : SafetensorsReader.open(weights);
    }

    /**
     * The adapter's file.
     *
     * @return its path
     */
    public Path path() {
        return file.path();
    }

    /**
     * The form of most names in the file.
     *
     * @return the form
     */
    public LoraFormat format() {
        return format;
    }

    /**
     * The layers that are changed.
     *
     * @return in the order of the file
     */
    public List<LoraModule> modules() {
        return modules;
    }

    /** Closes the file. */
    @Override
    public void close() {
        file.close();
    }
}
