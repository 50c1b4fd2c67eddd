package org.diffusion4j.cli;

import java.util.Locale;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.autodiff.samediff.SameDiff;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** The option {@code --engine} of commands that run a network. */
class EngineChoice {
    @Option(
            names = "--engine",
            paramLabel = "ENGINE",
            defaultValue = "auto",
            completionCandidates = EngineNames.class,
            converter = Converter.class,
            description =
                    "What runs the network: onednn, samediff (slower; the reference), auto, which is onednn where it runs,"
                            + " or onnxruntime[:cpu|cuda|tensorrt|coreml|directml], which needs ONNX Runtime's jar in the"
                            + " folder lib, and doesn't train (default: ${DEFAULT-VALUE}).")
    private EngineKind engine;

    /** Takes names with a colon, which no constant of an enum has. */
    private static final class Converter implements ITypeConverter<EngineKind> {
        @Override
        public EngineKind convert(String name) {
            return EngineKind.of(name.toLowerCase(Locale.ROOT));
        }
    }

    EngineKind kind() {
        return engine;
    }

    NoisePredictor open(SameDiff graph, int threads, Precision precision) {
        return engine.open(graph, threads, precision);
    }

    GradientEngine openGradients(
            SameDiff graph, FlatParameters parameters, int threads, Precision precision, boolean checkpointing) {
        return engine.openGradients(graph, parameters, false, threads, precision, checkpointing);
    }
}
