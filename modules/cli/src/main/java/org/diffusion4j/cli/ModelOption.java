package org.diffusion4j.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.zoo.Zoo;
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
            description = "A model of the zoo (see diffusion4j models), or a diffusers folder.")
    private String model;

    /** Reads the model, and prints what was noticed meanwhile. */
    DiffusersModel read() {
        return read(model, command);
    }

    /** What was given. */
    String name() {
        return model;
    }

    /** Whether it is the folder of a model that draws by text. */
    boolean isPipelineOfPrompts() {
        return isPipelineOfPrompts(model);
    }

    static boolean isPipelineOfPrompts(String model) {
        try {
            return PipelineFolder.isOne(Path.of(model));
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

    static DiffusersModel read(String model, CommandSpec command) {
        DiffusersModel read = Zoo.find(model);
        read.notes().forEach(note -> command.commandLine().getErr().println(model + ": " + note));
        return read;
    }
}
