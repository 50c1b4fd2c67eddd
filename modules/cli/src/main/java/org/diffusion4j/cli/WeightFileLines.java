package org.diffusion4j.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.TensorType;
import org.diffusion4j.weights.torchfile.TorchFile;

/** Describes a single file of weights: its format, its dicts of tensors, and what else stands in it. */
final class WeightFileLines {
    /** Of each section. */
    private static final int MOST = 20;

    private static final int LONGEST_TEXT = 80;

    private final List<String> lines = new ArrayList<>();

    private WeightFileLines() {}

    static List<String> of(Path path) {
        WeightFileLines file = new WeightFileLines();
        if (TorchFile.recognises(path)) {
            try (TorchFile torch = TorchFile.open(path)) {
                file.describe(path, torch);
            }
        } else {
            try (SafetensorsReader safetensors = SafetensorsReader.open(path)) {
                file.describe(path, safetensors);
            }
        }
        return file.lines;
    }

    private void describe(Path path, SafetensorsReader file) {
        List<FileTensor> tensors = file.names().stream().map(file::tensor).toList();
        lines.add(path + ": a safetensors file of " + counted(tensors));
        section("metadata", file.metadata());
    }

    private void describe(Path path, TorchFile file) {
        List<FileTensor> tensors = file.paths().stream().map(file::tensorAt).toList();
        String format =
                switch (file.format()) {
                    case ZIP -> "a torch file";
                    case LEGACY -> "a torch file of before 1.6";
                };
        lines.add(path + ": " + format + " of " + counted(tensors));
        Map<String, String> weights = new LinkedHashMap<>();
        file.stateDicts().keySet().forEach(dict -> {
            String name = dict.isEmpty() ? "(the file's own dict)" : dict;
            weights.put(name, counted(tensorsIn(file, dict)) + (weights.isEmpty() ? ", taken for the network" : ""));
        });
        section("weights", weights);
        section("tensors that aren't read", file.unreadable());
        section("values", onTop(file.plain()));
        section("objects that aren't read", onTop(file.unknown()));
    }

    /** Without what optimisers, callbacks and their like hold. */
    private static Map<String, Object> onTop(Map<String, ?> values) {
        Map<String, Object> top = new LinkedHashMap<>();
        values.forEach((path, value) -> {
            if (path.indexOf('/') < 0) {
                top.put(path, value);
            }
        });
        return top;
    }

    private static List<FileTensor> tensorsIn(TorchFile file, String dict) {
        String prefix = dict.isEmpty() ? "" : dict + "/";
        return file.names(dict).stream()
                .map(name -> file.tensorAt(prefix + name))
                .toList();
    }

    /** {@code 686 tensors, 859,520,964 elements (F16 686)}. */
    private static String counted(Collection<FileTensor> tensors) {
        Map<TensorType, Long> types = new TreeMap<>();
        long elements = 0;
        for (FileTensor tensor : tensors) {
            types.merge(tensor.type(), 1L, Long::sum);
            elements += tensor.length();
        }
        String byType = types.entrySet().stream()
                .map(one -> one.getValue() + " " + one.getKey())
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "%d %s, %,d %s%s",
                tensors.size(),
                tensors.size() == 1 ? "tensor" : "tensors",
                elements,
                elements == 1 ? "number" : "numbers",
                byType.isEmpty() ? "" : " (" + byType + ")");
    }

    private void section(String title, Map<String, ?> values) {
        if (values.isEmpty()) {
            return;
        }
        lines.add(title);
        values.entrySet().stream()
                .limit(MOST)
                .forEach(one -> lines.add("  " + ConfigurationLines.line(shown(one.getKey()), shown(one.getValue()))));
        if (values.size() > MOST) {
            lines.add("  and " + (values.size() - MOST) + " more");
        }
    }

    /** Names and texts are the file's: they may be long, and not for a terminal. */
    private static String shown(Object value) {
        String text = value == null ? "-" : value.toString();
        return FileFault.oneLine(text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…");
    }
}
