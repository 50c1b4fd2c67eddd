package org.diffusion4j.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.zoo.UNetZooModel;
import org.diffusion4j.zoo.Zoo;
import org.nd4j.linalg.api.ndarray.INDArray;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists the zoo. */
@Command(
        name = "models",
        description = "Lists the zoo: name, what it draws, size (height x width x channels), parameters.")
final class ModelsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        int width = Zoo.models().stream()
                .mapToInt(entry -> entry.modelName().length())
                .max()
                .orElse(0);
        for (UNetZooModel entry : Zoo.models()) {
            UNetConfig config = entry.config();
            long parameters = entry.model().weights().values().stream()
                    .mapToLong(INDArray::length)
                    .sum();
            spec.commandLine()
                    .getOut()
                    .println(String.format(
                            Locale.ROOT,
                            "%s  %-40s %dx%dx%d  %,d parameters",
                            entry.modelName()
                                    + " ".repeat(width - entry.modelName().length()),
                            entry.description(),
                            config.sampleSize().height(),
                            config.sampleSize().width(),
                            config.outChannels(),
                            parameters));
        }
        return 0;
    }
}
