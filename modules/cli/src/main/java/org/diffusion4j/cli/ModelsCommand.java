package org.diffusion4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.zoo.HubRepository;
import org.diffusion4j.zoo.PackedZooModel;
import org.diffusion4j.zoo.Zoo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists the zoo. */
@Command(
        name = "models",
        customSynopsis = "diffusion4j models",
        description = {
            "Lists the zoo's models.",
            "",
            "Prints their names, which --model takes, what they draw, the size of their pictures in pixels, and how many"
                    + " parameters they have; then the models whose networks are known here, but whose weights are elsewhere.",
            ""
        },
        footerHeading = "%nExample:%n",
        footer = "  diffusion4j models")
final class ModelsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        List<List<String>> packed = new ArrayList<>();
        packed.add(List.of("name", "draws", "size", "parameters"));
        Zoo.models().forEach(entry -> packed.add(row(entry)));
        print(packed, true);
        List<List<String>> known = new ArrayList<>();
        known.add(List.of("name", "draws", "licence", "weights"));
        Zoo.hubModels().forEach(entry -> known.add(hubRow(entry.modelName(), entry.description(), entry.repository())));
        Zoo.pipelines().forEach(entry -> known.add(hubRow(entry.modelName(), entry.description(), entry.repository())));
        spec.commandLine().getOut().println();
        spec.commandLine()
                .getOut()
                .println("Known, with weights to be downloaded from huggingface.co (then --model takes their folder):");
        print(known, false);
        return 0;
    }

    /** @param numbers whether the last column is one of numbers */
    private void print(List<List<String>> rows, boolean numbers) {
        List<Integer> widths = IntStream.range(0, rows.get(0).size())
                .mapToObj(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElseThrow())
                .toList();
        int last = widths.size() - 1;
        StringBuilder format = new StringBuilder();
        for (int column = 0; column < last; column++) {
            format.append("%-").append(widths.get(column)).append("s  ");
        }
        format.append(numbers ? "%" + widths.get(last) + "s" : "%s");
        for (List<String> row : rows) {
            spec.commandLine().getOut().println(String.format(Locale.ROOT, format.toString(), row.toArray()));
        }
    }

    private static List<String> hubRow(String name, String draws, HubRepository repository) {
        return List.of(name, draws, repository.licence(), repository.name());
    }

    private static List<String> row(PackedZooModel entry) {
        UNetConfig config = entry.config();
        long parameters = entry.model().parameterCount();
        return List.of(
                entry.modelName(),
                entry.description(),
                config.sampleSize().width() + "x" + config.sampleSize().height()
                        + (config.outChannels() == 1 ? " grey" : " colour"),
                String.format(Locale.ROOT, "%,d", parameters));
    }
}
