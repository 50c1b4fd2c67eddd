package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.TakenWeights;
import org.diffusion4j.weights.diffusers.WeightFormat;
import org.diffusion4j.weights.diffusers.WeightPreference;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A folder as people have them, read with several preferences: which files are taken of each part, and what the tensors are, bit by
 * bit in F32.
 */
final class DiffusersFolderCase {
    private static final String ONLY_UNET = PipelineFolder.UNET;
    private static final String PICKS = "picks";

    private final ReferenceCase reference;
    private final Path folder;
    private final List<Comparison> result = new ArrayList<>();

    private DiffusersFolderCase(ReferenceCase reference) {
        this.reference = reference;
        this.folder = reference.folder().resolve(reference.setting("folder").asText());
    }

    static List<Comparison> verify(ReferenceCase reference) {
        DiffusersFolderCase one = new DiffusersFolderCase(reference);
        JsonNode loads = reference.setting("loads");
        if (reference.settings().path("expected").asText().equals("refused")) {
            one.expectRefusal("refused", WeightPreference.USUAL);
        }
        for (int i = 0; i < loads.size(); i++) {
            one.load("load" + i, new CaseOptions(reference, "loads/" + i, loads.get(i)));
        }
        return one.result;
    }

    private void load(String name, CaseOptions load) {
        String variant = load.has("variant") ? load.text("variant") : null;
        Boolean safetensors = load.has("use_safetensors") ? load.flag("use_safetensors", true) : null;
        WeightPreference preference = new WeightPreference(variant, safetensors);
        if (load.has("raises")) {
            load.text("raises");
            load.text("message");
            load.checkNothingIgnored();
            expectRefusal(name, preference);
            return;
        }
        Map<String, Object> picks = load.values(PICKS);
        String prefix = load.text("tensors");
        load.checkNothingIgnored();
        try {
            Map<String, Taken> found = read(preference);
            found.forEach((part, taken) -> comparePicks(name + ", " + part, picks.get(part), taken.files()));
            if (!found.keySet().equals(picks.keySet())) {
                result.add(
                        Comparison.failed(name, "expected the parts " + picks.keySet() + ", found " + found.keySet()));
            }
            compareTensors(prefix, found);
        } catch (Diffusion4jException e) {
            result.add(Comparison.failed(name, e.getMessage()));
        }
    }

    /** A part: the files that it is read from, and its tensors in F32. */
    private record Taken(TakenWeights weights, List<String> files, Map<String, INDArray> tensors) {}

    private void comparePicks(String name, Object expected, List<String> found) {
        result.add(
                found.equals(expected)
                        ? new Comparison(name, 0, true, "")
                        : Comparison.failed(name, "expected " + expected + ", found " + found));
    }

    private void compareTensors(String prefix, Map<String, Taken> parts) {
        List<Comparison> tensors = new ArrayList<>();
        reference.tensors().forEach((name, expected) -> {
            String[] words = name.split("/", 3);
            if (words.length == 3 && words[0].equals(prefix)) {
                Map<String, INDArray> part =
                        parts.containsKey(words[1]) ? parts.get(words[1]).tensors() : Map.of();
                // A text encoder's names have no prefix any more where transformers holds it in memory.
                INDArray found = part.getOrDefault(words[2], part.get("text_model." + words[2]));
                tensors.add(compare(name, expected, found));
            }
        });
        result.add(Comparison.worst(prefix + "/*", tensors));
    }

    private static Comparison compare(String name, INDArray expected, INDArray found) {
        if (found == null) {
            return Comparison.failed(name, "missing");
        }
        boolean same = Arrays.equals(expected.shape(), found.shape())
                && Arrays.equals(TensorBits.bytes(Tensor.of(expected)), TensorBits.bytes(Tensor.of(found)));
        return same
                ? new Comparison(name, 0, true, "")
                : Comparison.failed(name, "expected another shape or other bits");
    }

    /** What Python refuses has to be refused, but for an index of torch files, which Python doesn't look for by itself. */
    private void expectRefusal(String name, WeightPreference preference) {
        try {
            Map<String, Taken> read = read(preference);
            boolean indexed = read.values().stream()
                    .map(taken -> taken.weights().choice())
                    .anyMatch(choice -> choice.sharded() && choice.format() == WeightFormat.TORCH);
            result.add(
                    indexed
                            ? new Comparison(name, 0, true, "read here")
                            : Comparison.failed(name, "expected to be refused, found it read"));
        } catch (Diffusion4jException e) {
            result.add(new Comparison(name, 0, true, ""));
        }
    }

    private Map<String, Taken> read(WeightPreference preference) {
        Map<String, Taken> parts = new LinkedHashMap<>();
        if (!PipelineFolder.isOne(folder)) {
            TakenWeights taken = DiffusersFolder.taken(folder, preference);
            try (DiffusersModel model = DiffusersFolder.read(folder, preference)) {
                parts.put(ONLY_UNET, taken(taken, model.tensors()));
            }
            return parts;
        }
        PipelineFolder pipeline = PipelineFolder.open(folder, preference);
        pipeline.parts().keySet().stream().filter(pipeline::isNetwork).forEach(part -> {
            try (Component<?> network = pipeline.network(part, NetworkConfig.class)) {
                parts.put(part, taken(pipeline.taken(part), network.tensors()));
            }
        });
        return parts;
    }

    private Taken taken(TakenWeights weights, Map<String, WeightTensor> tensors) {
        List<String> files = weights.files().stream()
                .map(file -> folder.relativize(weights.folder().resolve(file))
                        .toString()
                        .replace('\\', '/'))
                .toList();
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> arrays.put(name, tensor.array()));
        return new Taken(weights, files, arrays);
    }
}
