package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.torchfile.TorchFile;

/** A file of torch.save: its tensors bit by bit, where the weights are, and what else is in it. */
final class TorchFileCase {
    private TorchFileCase() {}

    static List<Comparison> verify(ReferenceCase reference) {
        Path path = reference.folder().resolve(reference.setting("file").asText());
        try (TorchFile file = TorchFile.open(path);
                SafetensorsReader expected =
                        SafetensorsReader.open(reference.folder().resolve("case.safetensors"))) {
            return verify(reference.settings(), file, expected);
        } catch (Diffusion4jException e) {
            if (reference.settings().path("may_refuse").asBoolean()) {
                return List.of(new Comparison("refused", 0, true, e.getMessage()));
            }
            throw e;
        }
    }

    private static List<Comparison> verify(JsonNode settings, TorchFile file, SafetensorsReader expected) {
        Set<String> optional = new HashSet<>(texts(settings.path("may_skip")));
        List<Comparison> tensors = new ArrayList<>();
        for (String name : expected.names()) {
            if (file.paths().contains(name)) {
                tensors.add(TensorBits.compare(name, file.tensorAt(name), expected.tensor(name)));
            } else if (!optional.contains(name)) {
                tensors.add(Comparison.failed(name, "missing"));
            }
        }
        List<Comparison> result = new ArrayList<>();
        result.add(Comparison.worst("tensors", tensors));
        result.add(equal("paths of tensors", expected.names(), union(file.paths(), optional)));
        String stateDict = settings.path("state_dict").asText();
        List<String> stateDicts = new ArrayList<>(file.stateDicts().keySet());
        result.add(equal("state dict", stateDict, stateDicts.get(0)));
        result.add(equal(
                "its tensors",
                settings.path("state_dict_keys").asInt(),
                file.names().size()));
        if (settings.has("other_state_dicts")) {
            result.add(equal(
                    "other state dicts",
                    new TreeSet<>(texts(settings.path("other_state_dicts"))),
                    new TreeSet<>(stateDicts.subList(1, stateDicts.size()))));
        }
        result.add(equal("format", settings.path("format").asText(), name(file)));
        Map<String, Object> plain = new TreeMap<>();
        settings.path("plain").properties().forEach(entry -> plain.put(entry.getKey(), value(entry.getValue())));
        result.add(equal("plain values", plain, new TreeMap<>(file.plain())));
        result.add(equal(
                "unknown objects",
                texts(settings.path("unknown")).stream()
                        .map(text -> text.replaceFirst(" \\([^()]*\\)$", ""))
                        .collect(Collectors.toCollection(TreeSet::new)),
                new TreeSet<>(file.unknown().keySet())));
        Set<Set<String>> shared = new HashSet<>();
        settings.path("shared_storage").forEach(group -> shared.add(new TreeSet<>(texts(group))));
        result.add(equal(
                "shared storages",
                shared,
                file.sharedStorages().stream().map(TreeSet::new).collect(Collectors.toSet())));
        return result;
    }

    private static String name(TorchFile file) {
        return switch (file.format()) {
            case ZIP -> "zip";
            case LEGACY -> "legacy";
        };
    }

    private static Object value(JsonNode json) {
        if (json.isIntegralNumber()) {
            return json.canConvertToLong() ? (Object) json.longValue() : json.bigIntegerValue();
        } else if (json.isNumber()) {
            return json.doubleValue();
        } else if (json.isBoolean()) {
            return json.booleanValue();
        }
        return json.isNull() ? null : json.asText();
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    private static Set<String> union(Collection<String> some, Collection<String> others) {
        Set<String> all = new TreeSet<>(some);
        all.addAll(others);
        return all;
    }

    private static Comparison equal(String group, Object expected, Object found) {
        return expected.equals(found)
                ? new Comparison(group, 0, true, "")
                : Comparison.failed(group, "expected " + expected + ", found " + found);
    }
}
