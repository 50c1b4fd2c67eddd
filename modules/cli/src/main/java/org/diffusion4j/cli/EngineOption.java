package org.diffusion4j.cli;

import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.nd4j.autodiff.samediff.SameDiff;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options {@code --engine} and {@code --threads} of commands that run a network. */
final class EngineOption extends EngineChoice {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    private int threads = PhysicalCores.count();

    @Option(
            names = "--threads",
            paramLabel = "T",
            description = "How many threads compute (default: one for each physical core).")
    void setThreads(int given) {
        threads = checkedThreads(given, command);
    }

    static int checkedThreads(int given, CommandSpec command) {
        try {
            return PhysicalCores.checkedThreads(given);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), "--" + e.getMessage(), e);
        }
    }

    int threads() {
        return threads;
    }

    NoisePredictor open(SameDiff graph) {
        return open(graph, Precision.FP32);
    }

    NoisePredictor open(SameDiff graph, Precision precision) {
        return open(graph, threads, precision);
    }
}
