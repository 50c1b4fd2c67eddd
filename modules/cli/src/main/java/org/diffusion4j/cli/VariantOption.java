package org.diffusion4j.cli;

import org.diffusion4j.weights.diffusers.WeightPreference;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which weights are read where a model's folder has several. */
final class VariantOption {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--variant",
            paramLabel = "WORD",
            description =
                    "Read the weights with this word in their files' names, such as fp16, non_ema or ema, of each part that has"
                            + " them (default: those without such a word).")
    private String variant;

    boolean isGiven() {
        return variant != null;
    }

    WeightPreference preference() {
        try {
            return WeightPreference.variant(variant);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), "--" + e.getMessage(), e);
        }
    }

    /** Refuses the option where it has no effect. */
    void requireNone(String expected, String found) {
        if (isGiven()) {
            throw new ParameterException(command.commandLine(), "--variant: expected " + expected + ", found " + found);
        }
    }
}
