package org.diffusion4j.onnxruntime;

import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.EngineProvider;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.engine.NoisePredictor;
import org.nd4j.autodiff.samediff.SameDiff;

/** Opens ONNX Runtime's engines for {@link EngineKind}. This class can be loaded without ONNX Runtime. */
public final class OnnxRuntimeEngines implements EngineProvider {
    @Override
    public boolean provides(EngineKind kind) {
        return kind.name().startsWith("ONNXRUNTIME");
    }

    @Override
    public void check(EngineKind kind) {
        loaded(kind, () -> {
            OnnxRuntimeLibrary.environment();
            ExecutionProvider.of(kind).check();
            return kind;
        });
    }

    @Override
    public NoisePredictor open(EngineKind kind, SameDiff graph, int threads) {
        return loaded(kind, () -> new OnnxRuntimeEngine(graph, ExecutionProvider.of(kind), threads));
    }

    @Override
    public GraphEngine openGraph(EngineKind kind, SameDiff graph, List<String> outputs, int threads) {
        return loaded(kind, () -> new OnnxRuntimeGraph(graph, outputs, ExecutionProvider.of(kind), threads));
    }

    private static <T> T loaded(EngineKind kind, Supplier<T> use) {
        try {
            return use.get();
        } catch (LinkageError e) {
            throw new Diffusion4jException(
                    String.format(
                            Locale.ROOT,
                            "engine %s: expected com.microsoft.onnxruntime:onnxruntime (or onnxruntime_gpu) 1.29 on the class"
                                    + " path, or its jar in the command line's folder lib, found %s",
                            kind.key(),
                            isOnClassPath() ? "one that can't be loaded: " + reason(e) : "nothing"),
                    e);
        }
    }

    private static boolean isOnClassPath() {
        return OnnxRuntimeEngines.class.getClassLoader().getResource("ai/onnxruntime/OrtEnvironment.class") != null;
    }

    private static String reason(Throwable fault) {
        Throwable first = fault;
        while (first.getCause() != null) {
            first = first.getCause();
        }
        return OnnxRuntimeGraph.oneLine(first.toString());
    }
}
