package org.diffusion4j.cli;

import org.diffusion4j.engine.EngineKind;
import picocli.CommandLine.Option;

/** {@code --engine}, where a command runs a network. */
final class EngineOption {
    @Option(
            names = "--engine",
            paramLabel = "ENGINE",
            defaultValue = "auto",
            completionCandidates = EngineNames.class,
            description = "What runs the network: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private EngineKind engine;

    EngineKind kind() {
        return engine;
    }
}
