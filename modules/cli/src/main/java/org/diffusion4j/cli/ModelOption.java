package org.diffusion4j.cli;

import org.diffusion4j.weights.DiffusersModel;
import org.diffusion4j.zoo.Zoo;
import picocli.CommandLine.Option;

/** {@code --model}, where a command has one. */
final class ModelOption {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            description = "A model of the zoo (see diffusion4j models), or a diffusers folder.")
    private String model;

    DiffusersModel read() {
        return Zoo.find(model);
    }
}
