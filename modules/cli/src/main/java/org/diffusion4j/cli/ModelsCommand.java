package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.zoo.HubRepository;
import org.diffusion4j.zoo.PackedPipelineModel;
import org.diffusion4j.zoo.Zoo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Lists the zoo, and what was fetched from the hub. */
@Command(
        name = "models",
        customSynopsis = "diffusion4j models [OPTIONS]",
        description = {
            "Lists the zoo's models.",
            "",
            "Prints their names, which --model takes, what they draw, the size of their pictures in pixels, and how many"
                    + " parameters they have; then the models whose weights are fetched from huggingface.co when they are used. What was"
                    + " fetched lies in the cache that Python's libraries use, too.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {"  diffusion4j models", "  diffusion4j models --cached", "  diffusion4j models --remove ddpm-cat-256"
        })
final class ModelsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--cached", description = "List what was fetched from the hub instead, with its size.")
    private boolean cached;

    @Option(
            names = "--remove",
            paramLabel = "NAME",
            description = "Remove what was fetched of a model of the zoo or of hf:OWNER/NAME, or one revision of it"
                    + " (hf:OWNER/NAME@REVISION).")
    private String removed;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (cached && removed != null) {
            throw new ParameterException(spec.commandLine(), "--cached: expected it alone, found --remove, too");
        }
        if (removed != null) {
            out.println(new CachedModels(HubClient.ofEnvironment().cache()).remove(removed));
        } else if (cached) {
            CachedModels models = new CachedModels(HubClient.ofEnvironment().cache());
            print(models.rows(), true);
            out.println(models.total());
        } else {
            listZoo(out);
        }
        return 0;
    }

    private void listZoo(PrintWriter out) {
        List<List<String>> packed = new ArrayList<>();
        packed.add(List.of("name", "draws", "size", "parameters"));
        Zoo.models()
                .forEach(entry -> packed.add(row(
                        entry.modelName(),
                        entry.description(),
                        entry.config().sampleSize(),
                        entry.config().outChannels(),
                        entry.model().parameterCount())));
        Zoo.pipelines().forEach(entry -> packed.add(row(entry)));
        print(packed, true);
        List<List<String>> known = new ArrayList<>();
        known.add(List.of("name", "draws", "licence", "weights"));
        Zoo.hubModels().forEach(entry -> known.add(hubRow(entry.modelName(), entry.description(), entry.repository())));
        Zoo.hubPipelines()
                .forEach(entry -> known.add(hubRow(entry.modelName(), entry.description(), entry.repository())));
        out.println();
        out.println("With weights that are fetched from huggingface.co when they are used:");
        print(known, false);
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

    private static List<String> row(PackedPipelineModel entry) {
        UNet2DConditionConfig unet = (UNet2DConditionConfig) entry.components().get("unet");
        long parameters = entry.components().values().stream()
                .mapToLong(NetworkConfig::parameterCount)
                .sum();
        return row(entry.modelName(), entry.description(), unet.sampleSize(), unet.outChannels(), parameters);
    }

    private static List<String> row(String name, String draws, SampleSize size, int channels, long parameters) {
        return List.of(
                name,
                draws,
                size.width() + "x" + size.height() + (channels == 1 ? " grey" : " colour"),
                String.format(Locale.ROOT, "%,d", parameters));
    }
}
