package org.diffusion4j.cli;

import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.autodiff.samediff.SameDiff;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options {@code --engine} and {@code --threads} of commands that run a network. */
final class EngineOption {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--engine",
            paramLabel = "ENGINE",
            defaultValue = "auto",
            completionCandidates = EngineNames.class,
            description =
                    "What runs the network: onednn, samediff (slower; the reference), or auto, which is onednn where it runs"
                            + " (default: ${DEFAULT-VALUE}).")
    private EngineKind engine;

    private int threads = PhysicalCores.count();

    @Option(
            names = "--threads",
            paramLabel = "T",
            description = "How many threads compute (default: one for each physical core).")
    void setThreads(int given) {
        try {
            threads = PhysicalCores.checkedThreads(given);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), "--" + e.getMessage(), e);
        }
    }

    EngineKind kind() {
        return engine;
    }

    int threads() {
        return threads;
    }

    NoisePredictor open(SameDiff graph) {
        return engine.open(graph, threads);
    }

    NoisePredictor open(SameDiff graph, Precision precision) {
        return engine.open(graph, threads, precision);
    }

    GradientEngine openGradients(
            SameDiff graph, FlatParameters parameters, Precision precision, boolean checkpointing) {
        return engine.openGradients(graph, parameters, false, threads, precision, checkpointing);
    }
}
