package org.diffusion4j.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.hub.HubName;
import org.diffusion4j.pipeline.prompt.Additions;
import org.diffusion4j.zoo.HubAdapter;
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
                            + " pixels.safetensors:0.8: a file, PEFT's folder, or hf:OWNER/NAME[/FILE][@REVISION] on the hub; may"
                            + " be repeated.")
    private List<String> given = new ArrayList<>();

    boolean isGiven() {
        return !given.isEmpty();
    }

    /** The adapters. */
    Additions additions() {
        Additions additions = Additions.NONE;
        for (String each : given) {
            FileWithValue lora = HubName.isOne(each) ? onHub(each) : FileWithValue.withNumber(spec, "--lora", each);
            double scale = lora.value() == null ? 1 : Double.parseDouble(lora.value());
            if (!Double.isFinite(scale)) {
                throw new ParameterException(
                        spec.commandLine(), "--lora: expected a finite scale, found " + lora.value());
            }
            additions = additions.lora(lora.file(), scale);
        }
        return additions;
    }

    /** An adapter on the hub, which is fetched. */
    private FileWithValue onHub(String given) {
        int colon = FileWithValue.colonBeforeNumber(given);
        HubAdapter adapter = HubAdapter.parse(given.substring(0, colon));
        try (FetchProgress progress = FetchProgress.on(spec.commandLine().getErr())) {
            Path file = adapter.fetch(HubClient.ofEnvironment().reporting(progress));
            return new FileWithValue(file, colon == given.length() ? null : given.substring(colon + 1));
        }
    }
}
