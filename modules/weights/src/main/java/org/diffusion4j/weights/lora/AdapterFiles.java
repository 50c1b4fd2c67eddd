package org.diffusion4j.weights.lora;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.diffusion4j.weights.file.FileFault;

/** What the files of an adapter are called in a folder, by those who write folders. */
public final class AdapterFiles {
    /** PEFT's options, beside its weights. */
    public static final String OPTIONS = "adapter_config.json";

    private static final String PEFT = "adapter_model.";

    /** PEFT's and diffusers' names, safetensors first. */
    private static final List<String> WEIGHTS =
            List.of(PEFT + "safetensors", LoraWriter.DIFFUSERS_NAME, PEFT + "bin", "pytorch_lora_weights.bin");

    private AdapterFiles() {}

    /**
     * The file of weights that is taken.
     *
     * @param names all files of a folder
     * @return one of the usual names, or the only safetensors file; empty if there is none
     */
    public static Optional<String> weights(Collection<String> names) {
        Optional<String> usual = WEIGHTS.stream().filter(names::contains).findFirst();
        List<String> others =
                names.stream().filter(name -> name.endsWith(".safetensors")).toList();
        return usual.isPresent() || others.size() != 1 ? usual : Optional.of(others.get(0));
    }

    /**
     * Whether the options of a file of weights stand in a file beside it.
     *
     * @param name the file of weights
     * @return whether it is PEFT's
     */
    public static boolean hasOptions(String name) {
        return name.startsWith(PEFT);
    }

    /** The file of weights at a path, which may be a folder with one of the usual names. */
    static Path weights(Path path) {
        if (!Files.isDirectory(path)) {
            return path;
        }
        return WEIGHTS.stream()
                .map(path::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> FileFault.in(
                        path,
                        "expected an adapter's folder with one of " + String.join(", ", WEIGHTS) + ", found none"));
    }

    /** PEFT's options beside a file of weights, if it is PEFT's. */
    static Optional<Path> options(Path weights) {
        Path options = weights.resolveSibling(OPTIONS);
        return hasOptions(String.valueOf(weights.getFileName())) && Files.isRegularFile(options)
                ? Optional.of(options)
                : Optional.empty();
    }
}
