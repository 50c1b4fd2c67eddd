package org.diffusion4j.cli;

import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say which model is judged, or which ones are compared, and how. */
final class EvaluatedModels {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description =
                    "A model of the zoo (see diffusion4j models), a diffusers folder, a single file (.safetensors or .ckpt) of"
                            + " the Stable Diffusion family, or hf:OWNER/NAME on the hub. One that draws by text draws the"
                            + " texts of the real pictures held out.")
    private String model;

    @Option(
            names = "--compare",
            split = ",",
            paramLabel = "MODEL",
            description =
                    "Compare these models in a table, in place of --model: each with each of --samplers and --steps.")
    private List<String> compared = new ArrayList<>();

    @Option(
            names = "--samplers",
            split = ",",
            paramLabel = "SAMPLER",
            converter = SamplingOptions.Word.class,
            completionCandidates = SamplingOptions.Words.class,
            description = "The samplers of --compare; see --sampler (default: each model's best).")
    private List<SchedulerKind> samplers = new ArrayList<>();

    @Option(
            names = "--out",
            paramLabel = "FILE.json",
            description =
                    "Write the figures of --compare, and beside them FILE.svg, which draws the Fréchet distance by steps.")
    private String out;

    @Mixin
    private VariantOption variant;

    /** Whether several figures are asked for. */
    boolean isComparison() {
        return !compared.isEmpty();
    }

    /** What is judged by its name: one, unless several are compared. */
    List<String> names() {
        return isComparison() ? compared : List.of(model);
    }

    /** Where a model is on this machine; what is on the hub is fetched. */
    LocatedModel located(String name) {
        return LocatedModel.of(name, variant, command);
    }

    /** The samplers; one that is null stands for the model's best. */
    List<SchedulerKind> samplers(SchedulerKind only) {
        List<SchedulerKind> all = new ArrayList<>(samplers);
        if (all.isEmpty()) {
            all.add(only);
        }
        return all;
    }

    /** Where the figures are written; null if nowhere. */
    OutputPlace out() {
        return out == null ? null : OutputPlace.file("--out", ".json", out);
    }

    /** Refuses what doesn't go together. */
    void check(SchedulerKind sampler, List<Integer> steps) {
        require(model != null || isComparison(), "--model: expected it, or --compare, found neither");
        require(model == null || !isComparison(), "--model: expected it or --compare, found both");
        String option = samplers.isEmpty() ? "--out" : "--samplers";
        require(
                isComparison() || (samplers.isEmpty() && out == null),
                option + ": expected --compare beside it, found --model");
        require(samplers.isEmpty() || sampler == null, "--sampler: expected it or --samplers, found both");
        require(
                isComparison() || steps.size() <= 1,
                "--steps: expected one number, or --compare in place of --model, found " + steps.size());
    }

    private void require(boolean holds, String message) {
        if (!holds) {
            throw new ParameterException(command.commandLine(), message);
        }
    }
}
