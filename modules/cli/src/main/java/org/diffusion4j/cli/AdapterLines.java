package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.diffusion4j.weights.lora.HadamardDelta;
import org.diffusion4j.weights.lora.KroneckerDelta;
import org.diffusion4j.weights.lora.LoraFile;
import org.diffusion4j.weights.lora.LoraModule;
import org.diffusion4j.weights.lora.LowRankDelta;
import org.diffusion4j.weights.lora.WeightDelta;

/** Describes an adapter. */
final class AdapterLines {
    private AdapterLines() {}

    /**
     * Prints what an adapter is and changes.
     *
     * @param name as the user gave it
     */
    static void print(String name, PrintWriter out) {
        try (LoraFile file = LoraFile.open(Path.of(name))) {
            out.println(String.format(
                    Locale.ROOT,
                    "%s: an adapter of %d %s",
                    name,
                    file.modules().size(),
                    file.modules().size() == 1 ? "layer" : "layers"));
            out.println("adapter");
            line(out, "format", file.format().label());
            line(out, "kind", distinct(file, module -> Stream.of(kind(module.weight()))));
            line(out, "ranks", distinct(file, module -> ranks(module.weight())));
            line(out, "alphas", distinct(file, module -> ranks(module.weight())
                    .map(rank -> alpha(module.weight().factor() * rank))));
            file.modules().stream()
                    .collect(Collectors.groupingBy(LoraModule::component, Collectors.toList()))
                    .forEach((component, modules) -> line(
                            out,
                            component,
                            modules.size()
                                    + (modules.size() == 1 ? " layer: " : " layers: ")
                                    + modules.stream()
                                            .map(AdapterLines::target)
                                            .collect(Collectors.toCollection(TreeSet::new))));
        }
    }

    private static void line(PrintWriter out, String key, String value) {
        out.println("  " + ConfigurationLines.line(key, value));
    }

    private static <T> String distinct(LoraFile file, Function<LoraModule, Stream<T>> values) {
        String all = file.modules().stream()
                .flatMap(values)
                .distinct()
                .sorted()
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
        return all.isEmpty() ? "none" : all;
    }

    private static String kind(WeightDelta delta) {
        if (delta instanceof LowRankDelta low) {
            return low.down().shape().length == 4 ? "LoCon" : "LoRA";
        }
        if (delta instanceof HadamardDelta) {
            return "LoHa";
        }
        return delta instanceof KroneckerDelta ? "LoKr" : "whole differences";
    }

    private static Stream<Integer> ranks(WeightDelta delta) {
        return delta == null || delta.rank() == 0 ? Stream.of() : Stream.of(delta.rank());
    }

    private static Double alpha(double alpha) {
        return Math.rint(alpha * 1e4) / 1e4;
    }

    /** What is left of a layer's name without its block, such as {@code attn1_to_k}. */
    private static String target(LoraModule module) {
        return module.name().replace('.', '_').replaceFirst("^.*_\\d+_", "");
    }
}
