package org.diffusion4j.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.diffusion4j.weights.diffusers.TakenWeights;
import org.diffusion4j.weights.diffusers.WeightFormat;
import org.diffusion4j.weights.tensor.Tensor;

/** Says which files of a folder weights were read from, with their variant, format and type. */
final class TakenFiles {
    private TakenFiles() {}

    /**
     * @param part the network's name
     * @param model the model's folder, to which the files' names are relative
     * @param tensors the weights
     */
    static String line(String part, Path model, TakenWeights taken, Map<String, ? extends Tensor> tensors) {
        String files = taken.files().stream()
                .map(file -> model.relativize(taken.folder().resolve(file)).toString())
                .collect(Collectors.joining(", "));
        List<String> kind = new ArrayList<>();
        if (taken.choice().variant() != null) {
            kind.add("variant " + taken.choice().variant());
        }
        kind.add((taken.choice().format() == WeightFormat.SAFETENSORS ? "safetensors" : "torch")
                + (taken.choice().sharded() ? " in shards" : ""));
        kind.add(types(tensors.values()));
        return ConfigurationLines.line(part, files + " (" + String.join(", ", kind) + ")");
    }

    private static String types(Collection<? extends Tensor> tensors) {
        TreeSet<String> types = new TreeSet<>();
        tensors.forEach(tensor -> types.add(tensor.type().toString()));
        return String.join(" and ", types);
    }
}
