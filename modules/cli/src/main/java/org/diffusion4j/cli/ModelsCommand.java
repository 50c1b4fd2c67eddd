package org.diffusion4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.diffusion4j.graph.UNetConfig;
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
                    + " parameters they have.",
            ""
        },
        footerHeading = "%nExample:%n",
        footer = "  diffusion4j models")
final class ModelsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("name", "draws", "size", "parameters"));
        Zoo.models().forEach(entry -> rows.add(row(entry)));
        List<Integer> widths = IntStream.range(0, rows.get(0).size())
                .mapToObj(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElseThrow())
                .toList();
        for (List<String> row : rows) {
            spec.commandLine()
                    .getOut()
                    .println(String.format(
                            Locale.ROOT,
                            "%-" + widths.get(0) + "s  %-" + widths.get(1) + "s  %-" + widths.get(2) + "s  %"
                                    + widths.get(3) + "s",
                            row.toArray()));
        }
        return 0;
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
