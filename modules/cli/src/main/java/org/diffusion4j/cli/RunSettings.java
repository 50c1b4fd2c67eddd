package org.diffusion4j.cli;

import java.util.List;
import java.util.Set;
import org.diffusion4j.training.record.RunDifference;
import org.diffusion4j.training.run.RunOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of which {@link RunOptions} are made, except for engine, threads and precision. */
final class RunSettings {
    /** The defaults of the Java API are also those of the command line. */
    private static final RunOptions DEFAULT = RunOptions.defaults();

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--resume",
            description = "Go on where an earlier run in --out ended, with the same options, pictures and base model.")
    private boolean resume;

    @Option(
            names = "--allow",
            paramLabel = "WHAT,…",
            split = ",",
            hideParamSyntax = true,
            description =
                    "With --resume: what may differ from the earlier run, of engine, threads, precision, java, data and"
                            + " model. Without it nothing may, and the model comes out as if the run had never stopped.")
    private List<RunDifference> allowed = List.of();

    @Option(
            names = "--checkpoint-every",
            paramLabel = "N",
            description = "Steps from one checkpoint to the next (default: ${DEFAULT-VALUE}).")
    private long checkpointEvery = DEFAULT.checkpointEvery();

    @Option(
            names = "--keep",
            paramLabel = "N",
            description =
                    "How many of the newest checkpoints are kept, beside the one with the lowest loss (default: ${DEFAULT-VALUE}).")
    private int keep = DEFAULT.keep();

    @Option(
            names = "--sample-every",
            paramLabel = "N",
            description = "Steps from one grid of sample pictures to the next; 0 for none (default: ${DEFAULT-VALUE}).")
    private long sampleEvery = DEFAULT.sampleEvery();

    @Option(
            names = "--sample-images",
            paramLabel = "N",
            description = "Pictures in such a grid (default: ${DEFAULT-VALUE}).")
    private int sampleImages = DEFAULT.sampleImages();

    @Option(
            names = "--checkpointing",
            description =
                    "Compute parts of the forward pass twice, in place of keeping all that the backward pass reads: less"
                            + " memory, more time, the same weights.")
    private boolean checkpointing;

    /** @throws IllegalArgumentException whose message begins with the option's name */
    RunOptions options(EngineOption engine, PrecisionOption precision) {
        RunOptions options = RunOptions.builder()
                .checkpointEvery(checkpointEvery)
                .keep(keep)
                .sampleEvery(sampleEvery)
                .sampleImages(sampleImages)
                .engine(engine.kind())
                .threads(engine.threads())
                .precision(precision.value())
                .checkpointing(checkpointing)
                .resume(resume)
                .allowed(Set.copyOf(allowed))
                .build();
        if (!resume && !allowed.isEmpty()) {
            throw new ParameterException(command.commandLine(), "--allow: expected --resume beside it, found none");
        }
        return options;
    }
}
