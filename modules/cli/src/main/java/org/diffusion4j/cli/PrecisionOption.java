package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.OneDnnEngine;
import org.diffusion4j.engine.OneDnnGradients;
import org.diffusion4j.engine.Precision;
import org.nd4j.autodiff.samediff.SameDiff;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The option {@code --precision} of commands that run a network. */
final class PrecisionOption {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--precision",
            paramLabel = "PRECISION",
            description = "Numbers that convolutions and linear layers multiply: fp32, bf16 (about three digits),"
                    + " or auto, which is bf16 where the processor has AMX (default: ${DEFAULT-VALUE}).")
    private Precision precision;

    /** @param usual the default */
    PrecisionOption(Precision usual) {
        precision = usual;
    }

    Precision value() {
        return precision;
    }

    /** Opens an engine, and prints what auto chose. */
    NoisePredictor open(EngineOption engine, SameDiff graph) {
        NoisePredictor network = engine.open(graph, precision);
        if (precision == Precision.AUTO && of(network) == Precision.BF16) {
            explain(network);
        }
        return network;
    }

    /** The type of the numbers that a network multiplies. */
    static Precision of(NoisePredictor network) {
        return network instanceof OneDnnEngine compiled ? compiled.precision() : Precision.FP32;
    }

    /** The type of the numbers that a network's gradients multiply. */
    static Precision of(GradientEngine gradients) {
        return gradients instanceof OneDnnGradients compiled ? compiled.precision() : Precision.FP32;
    }

    /** Prints what auto chose, and why. */
    void explain(NoisePredictor network) {
        explain(
                of(network),
                network instanceof OneDnnEngine,
                command.commandLine().getErr());
    }

    /** Prints what auto chose, and why. */
    void explain(GradientEngine gradients) {
        explain(
                of(gradients),
                gradients instanceof OneDnnGradients,
                command.commandLine().getErr());
    }

    /** Checks that a network can be trained elsewhere with this precision, and prints what auto chooses. */
    void checkTraining(EngineKind engine, PrintWriter err) {
        engine.requireGradients();
        Precision taken = engine.resolve(precision);
        if (precision == Precision.AUTO) {
            explain(taken, engine.here() == EngineKind.ONEDNN, err);
        }
    }

    private static void explain(Precision taken, boolean compiled, PrintWriter err) {
        String reason = !compiled
                ? "this engine has no other"
                : taken == Precision.BF16
                        ? "this processor has AMX"
                        : "this processor has no AMX, without which bf16 gains little";
        err.println(String.format(Locale.ROOT, "precision: %s, as %s", taken, reason));
    }
}
