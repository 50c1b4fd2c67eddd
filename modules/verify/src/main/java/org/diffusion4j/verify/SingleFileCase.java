package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentConfig;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.singlefile.CheckpointFile;
import org.diffusion4j.weights.singlefile.MappedTensor;
import org.diffusion4j.weights.singlefile.SingleFile;
import org.diffusion4j.weights.singlefile.SingleFileLayout;
import org.diffusion4j.weights.singlefile.SingleFileMapping;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorFile;

/** A single file, its networks under diffusers' names bit by bit, and the way back. */
final class SingleFileCase {
    private static final String UNET = "unet";
    private static final String AVERAGE = "unet_ema/";

    private final ReferenceCase reference;
    private final SingleFile file;
    private final Map<String, ComponentConfig<?>> configs = new LinkedHashMap<>();
    private final List<Comparison> result = new ArrayList<>();

    private SingleFileCase(ReferenceCase reference) {
        this.reference = reference;
        this.file = SingleFile.open(
                reference.folder().resolve(reference.setting("file").asText()));
        for (JsonNode component : reference.setting("components")) {
            Path config = reference.folder().resolve(component.asText()).resolve("config.json");
            configs.put(component.asText(), ComponentConfig.read(config));
        }
    }

    static List<Comparison> verify(ReferenceCase reference) {
        SingleFileCase one = new SingleFileCase(reference);
        one.compareKeys();
        Map<String, TensorSum> expected = one.expected();
        Map<String, TensorSum> found = new LinkedHashMap<>();
        Map<String, Map<String, Tensor>> weights = new LinkedHashMap<>();
        List<Component<?>> open = new ArrayList<>();
        try {
            one.configs.forEach((component, config) -> {
                Component<?> network = one.file.network(component, config, false);
                open.add(network);
                weights.put(component, new LinkedHashMap<>(network.tensors()));
                add(found, component + "/", network);
            });
            if (expected.keySet().stream().anyMatch(name -> name.startsWith(AVERAGE))) {
                Component<?> network = one.file.network(UNET, one.configs.get(UNET), true);
                open.add(network);
                add(found, AVERAGE, network);
            }
            one.compareTensors(expected, found);
            one.compareBack(weights);
        } finally {
            open.forEach(Component::close);
        }
        return one.result;
    }

    private SingleFileMapping mapping() {
        Map<String, NetworkConfig> networks = new LinkedHashMap<>();
        configs.forEach((component, config) -> networks.put(component, config.config()));
        return SingleFileMapping.of(file.layout(), networks);
    }

    private void compareKeys() {
        SingleFileMapping mapping = mapping();
        Path table = reference.folder().resolve("mapping.json.gz");
        if (Files.exists(table)) {
            result.addAll(KeyTable.read(table).compare("", mapping));
        }
        compareLayout(mapping);
        Set<String> components = new LinkedHashSet<>(configs.keySet());
        result.add(same("components", components, file.components()));
        Set<String> ignored = new LinkedHashSet<>();
        reference.setting("ignored_keys").forEach(key -> ignored.add(key.asText()));
        Set<String> averages = new LinkedHashSet<>();
        Set<String> left = new LinkedHashSet<>(file.names());
        mapping.tensors().forEach(tensor -> left.remove(tensor.original()));
        left.stream().filter(name -> name.startsWith("model_ema.")).forEach(averages::add);
        left.removeAll(averages);
        result.add(same("ignored_keys", ignored, left));
        result.add(KeyTable.ignored("without use", left, mapping));
        int count = reference.setting("ema_keys").asInt(-1);
        result.add(
                averages.size() == count
                        ? new Comparison("ema_keys", 0, true, "")
                        : Comparison.failed("ema_keys", "expected " + count + ", found " + averages.size()));
    }

    private void compareLayout(SingleFileMapping mapping) {
        Set<String> names = mapping.tensors().stream()
                .map(MappedTensor::original)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        reference.setting("text_encoder_prefix").properties().forEach(encoder -> {
            String prefix = encoder.getValue().asText();
            long expected = mapping.tensors().stream()
                    .filter(tensor -> tensor.component().equals(encoder.getKey()))
                    .map(MappedTensor::original)
                    .distinct()
                    .count();
            long found = names.stream().filter(name -> name.startsWith(prefix)).count();
            boolean whole = names.stream()
                    .anyMatch(name -> name.startsWith(prefix + "text_model.") || name.startsWith(prefix + "ln_final."));
            result.add(new Comparison(encoder.getKey() + ", prefix", 0, whole && found == expected, prefix));
        });
        if (file.layout() != SingleFileLayout.AUTOENCODER) {
            String expected = reference.setting("layout").asText();
            String found = file.layout().name().toLowerCase(Locale.ROOT).replace('_', '-');
            // Inpainting has the names of other files, but a network that sees more channels.
            boolean same = found.equals(expected.replace("-inpainting", "").replace("-inpaint", ""));
            result.add(new Comparison("layout", 0, same, same ? "" : "expected " + expected + ", found " + found));
        }
    }

    private static Comparison same(String name, Set<String> expected, Set<String> found) {
        return expected.equals(found)
                ? new Comparison(name, 0, true, "")
                : Comparison.failed(name, "expected " + expected + ", found " + found);
    }

    /** Of the digests, or else of the tensors themselves; both must agree if both are there. */
    private Map<String, TensorSum> expected() {
        Map<String, TensorSum> expected = new LinkedHashMap<>();
        Path digests = reference.folder().resolve("digests.json.gz");
        if (Files.exists(digests)) {
            PackedTable.json(digests)
                    .properties()
                    .forEach(row -> expected.put(row.getKey(), TensorSum.of(row.getValue())));
        }
        Path tensors = reference.folder().resolve("case.safetensors");
        if (Files.exists(tensors)) {
            Map<String, TensorSum> stored = new LinkedHashMap<>();
            try (SafetensorsReader reader = SafetensorsReader.open(tensors)) {
                reader.names().forEach(name -> stored.put(name, TensorSum.of(reader.tensor(name))));
            }
            stored.forEach((name, bits) -> {
                TensorSum digest = expected.putIfAbsent(name, bits);
                if (digest != null && !digest.equals(bits)) {
                    result.add(digest.compare(name, bits));
                }
            });
        }
        return expected;
    }

    private static void add(Map<String, TensorSum> found, String prefix, Component<?> network) {
        network.tensors().forEach((name, tensor) -> found.put(prefix + name, TensorSum.of(tensor)));
    }

    private void compareTensors(Map<String, TensorSum> expected, Map<String, TensorSum> found) {
        Map<String, List<Comparison>> byNetwork = new LinkedHashMap<>();
        expected.forEach((name, bits) -> {
            String network = name.substring(0, Math.max(0, name.indexOf('/')));
            byNetwork
                    .computeIfAbsent(network, one -> new ArrayList<>())
                    .add(
                            found.containsKey(name)
                                    ? bits.compare(name, found.get(name))
                                    : Comparison.failed(name, "expected it, found no such tensor"));
        });
        byNetwork.forEach((network, each) -> result.add(Comparison.worst(network + "/*", each)));
        result.add(same("names", new LinkedHashSet<>(expected.keySet()), found.keySet()));
    }

    /** The single file that the networks give again, whose tensors must be those from which they were read. */
    private void compareBack(Map<String, Map<String, Tensor>> weights) {
        List<Comparison> each = new ArrayList<>();
        try (TensorFile original = CheckpointFile.open(file.path())) {
            mapping()
                    .originals(weights)
                    .forEach((name, tensor) ->
                            each.add(TensorSum.of(original.tensor(name)).compare(name, TensorSum.of(tensor))));
        }
        result.add(Comparison.worst("back to the single file", each));
    }
}
