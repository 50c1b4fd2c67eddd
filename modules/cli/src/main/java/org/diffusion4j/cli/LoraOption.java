package org.diffusion4j.cli;

import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.pipeline.prompt.Additions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option {@code --lora} of commands that have it. */
final class LoraOption {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--lora",
            paramLabel = "FILE[:S]",
            description =
                    "An adapter (LoRA and its like) that changes the model, and how strongly it acts (default: 1), such as"
                            + " pixels.safetensors:0.8; may be repeated.")
    private List<String> given = new ArrayList<>();

    boolean isGiven() {
        return !given.isEmpty();
    }

    /** The adapters. */
    Additions additions() {
        Additions additions = Additions.NONE;
        for (String each : given) {
            FileWithValue lora = FileWithValue.withNumber(spec, "--lora", each);
            double scale = lora.value() == null ? 1 : Double.parseDouble(lora.value());
            if (!Double.isFinite(scale)) {
                throw new ParameterException(
                        spec.commandLine(), "--lora: expected a finite scale, found " + lora.value());
            }
            additions = additions.lora(lora.file(), scale);
        }
        return additions;
    }
}
