package org.diffusion4j.onnxruntime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;

/** What ONNX Runtime runs a network on, in the words of ONNX Runtime. Which of them there are depends on its build. */
public enum ExecutionProvider {
    /** The processor. */
    CPU(EngineKind.ONNXRUNTIME_CPU, OrtProvider.CPU, "any build of it"),
    /** A GPU of NVIDIA: the first one. Products are in float32, without TF32. */
    CUDA(EngineKind.ONNXRUNTIME_CUDA, OrtProvider.CUDA, "com.microsoft.onnxruntime:onnxruntime_gpu"),
    /** A GPU of NVIDIA by TensorRT, which may multiply in TF32; CUDA runs what TensorRT doesn't know. */
    TENSORRT(EngineKind.ONNXRUNTIME_TENSORRT, OrtProvider.TENSOR_RT, "com.microsoft.onnxruntime:onnxruntime_gpu"),
    /** The GPU of a Mac, in float32: Apple's Neural Engine, which only has float16, isn't used. */
    COREML(EngineKind.ONNXRUNTIME_COREML, OrtProvider.CORE_ML, "com.microsoft.onnxruntime:onnxruntime on a Mac"),
    /** A GPU under Windows. Calls from several threads wait for each other. */
    DIRECTML(EngineKind.ONNXRUNTIME_DIRECTML, OrtProvider.DIRECT_ML, "a build with --use_dml --build_java on Windows");

    private final EngineKind kind;
    private final OrtProvider provider;
    private final String build;

    ExecutionProvider(EngineKind kind, OrtProvider provider, String build) {
        this.kind = kind;
        this.provider = provider;
        this.build = build;
    }

    /**
     * The execution provider of an engine.
     *
     * @param kind an engine
     * @return the provider
     * @throws IllegalArgumentException if it isn't one of ONNX Runtime's
     */
    public static ExecutionProvider of(EngineKind kind) {
        return Arrays.stream(values())
                .filter(each -> each.kind == kind)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "kind: expected one of " + names(Set.of(OrtProvider.values())) + ", found " + kind.key()));
    }

    /**
     * The name of the engine on a command line.
     *
     * @return such as {@code onnxruntime:cuda}
     */
    public String key() {
        return kind.key();
    }

    /** Whether threads may run one session at the same time. */
    boolean runsConcurrently() {
        return this != DIRECTML;
    }

    /** Checks that this build of ONNX Runtime has this provider; whether it has a device, only a session tells. */
    void check() {
        Set<OrtProvider> available = OrtEnvironment.getAvailableProviders();
        if (!available.contains(provider)) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "engine %s: expected a build of ONNX Runtime that has it (%s), found one with %s",
                    key(),
                    build,
                    names(available)));
        }
    }

    /** Adds this provider to a session that will be opened. The processor is always there, for ops that a provider lacks. */
    void addTo(SessionOptions options) throws OrtException {
        check();
        switch (this) {
            case CPU -> {} // it is always there
            case CUDA -> addCuda(options);
            case TENSORRT -> {
                try (OrtTensorRTProviderOptions tensorRt = new OrtTensorRTProviderOptions(0)) {
                    options.addTensorrt(tensorRt);
                }
                addCuda(options);
            }
            case COREML -> options.addCoreML(Map.of("ModelFormat", "MLProgram", "MLComputeUnits", "CPUAndGPU"));
            case DIRECTML -> {
                options.setMemoryPatternOptimization(false); // DirectML refuses it
                options.addDirectML(0);
            }
        }
    }

    private static void addCuda(SessionOptions options) throws OrtException {
        try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(0)) {
            cuda.add("use_tf32", "0"); // which has only three digits
            options.addCUDA(cuda);
        }
    }

    /** The names of those that are in this build of ONNX Runtime. */
    static String available() {
        return names(OrtEnvironment.getAvailableProviders());
    }

    private static String names(Set<OrtProvider> among) {
        return Arrays.stream(values())
                .filter(each -> among.contains(each.provider))
                .map(ExecutionProvider::key)
                .collect(Collectors.joining(", "));
    }
}
