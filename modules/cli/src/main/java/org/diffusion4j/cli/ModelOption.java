package org.diffusion4j.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.lora.LoraFile;
import org.diffusion4j.weights.singlefile.PipelineFiles;
import org.diffusion4j.zoo.Zoo;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The option {@code --model} of commands that have it. */
final class ModelOption {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            description =
                    "A model of the zoo (see diffusion4j models), a diffusers folder, a single file (.safetensors or .ckpt) of"
                            + " the Stable Diffusion family, or hf:OWNER/NAME on the hub.")
    private String model;

    @Mixin
    private VariantOption variant;

    /** Where it is on this machine, once somebody asked. */
    private LocatedModel located;

    /** Reads the model, and prints what was noticed meanwhile. */
    DiffusersModel read() {
        return read(located(), command);
    }

    /** Where it is on this machine; what is on the hub is fetched. */
    LocatedModel located() {
        if (located == null) {
            located = LocatedModel.of(model, variant, command);
        }
        return located;
    }

    /** Where it is on this machine, without what is wanted of it. */
    String place() {
        return located().place();
    }

    /** What was given. */
    String name() {
        return model;
    }

    /** Whether it is a model that draws by text: a folder or a single file. */
    boolean isPipelineOfPrompts() {
        return isPipelineOfPrompts(place());
    }

    static boolean isPipelineOfPrompts(String model) {
        try {
            // A network of guided-diffusion is a single file, too, but of a single network.
            return PipelineFiles.isOne(Path.of(model)) && !PresetOption.isOne(model);
        } catch (InvalidPathException e) {
            return false; // it isn't a folder at all
        }
    }

    /** Whether it is the folder of a network that is a part of such a model. */
    static boolean isComponent(String model) {
        try {
            return ComponentFolder.isOne(Path.of(model));
        } catch (InvalidPathException e) {
            return false; // it isn't a folder at all
        }
    }

    /** Whether it is an adapter's file. */
    static boolean isAdapter(String model) {
        try {
            return LoraFile.isOne(Path.of(model));
        } catch (InvalidPathException e) {
            return false; // it isn't a file at all
        }
    }

    static DiffusersModel read(LocatedModel model, CommandSpec command) {
        DiffusersModel read = Zoo.find(model.place(), model.preference());
        read.notes().forEach(note -> command.commandLine().getErr().println(model.place() + ": " + note));
        return read;
    }
}
