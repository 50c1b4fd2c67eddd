package org.diffusion4j.engine;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.kernels.KernelWarmUp;
import org.diffusion4j.samediff.UnsupportedGraphException;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which engine runs a graph. */
public enum EngineKind {
    /** The fastest engine that runs here. */
    AUTO,
    /** {@link SameDiffEngine}, the reference. */
    SAMEDIFF,
    /** {@link OneDnnEngine}, compiled for the processor. */
    ONEDNN,
    /**
     * ONNX Runtime on the processor. This and the following engines need {@code com.microsoft.onnxruntime:onnxruntime}, or
     * another build of it, on the class path beside {@code diffusion4j-engine-onnxruntime}; they run a network forwards only,
     * in float32.
     */
    ONNXRUNTIME_CPU,
    /** ONNX Runtime on a GPU of NVIDIA. */
    ONNXRUNTIME_CUDA,
    /** ONNX Runtime on a GPU of NVIDIA by TensorRT, and by CUDA for what TensorRT doesn't know. */
    ONNXRUNTIME_TENSORRT,
    /** ONNX Runtime on the GPU of a Mac. */
    ONNXRUNTIME_COREML,
    /** ONNX Runtime on any GPU under Windows. */
    ONNXRUNTIME_DIRECTML;

    /** The system property that names the engine for {@link #AUTO}. */
    public static final String PROPERTY = "org.diffusion4j.engine";

    private static final String ONNXRUNTIME = "onnxruntime";

    private static final Logger LOG = LoggerFactory.getLogger(EngineKind.class);

    /** The warnings that have been printed already. */
    private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

    /**
     * The engine's name on a command line, such as {@code onednn} or {@code onnxruntime:cuda}.
     *
     * @return the name in lower case
     */
    public String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', ':');
    }

    /**
     * Finds the engine of a name.
     *
     * @param key as {@link #key()} gives it; {@code onnxruntime} is {@link #ONNXRUNTIME_CPU}
     * @return the engine
     * @throws IllegalArgumentException if there is no engine of that name
     */
    public static EngineKind of(String key) {
        return named(key).orElseThrow(() -> new IllegalArgumentException(unknown("engine", key)));
    }

    private static Optional<EngineKind> named(String key) {
        return Arrays.stream(values())
                .filter(kind -> kind.key().equals(key.equals(ONNXRUNTIME) ? ONNXRUNTIME_CPU.key() : key))
                .findFirst();
    }

    private static String unknown(String where, String key) {
        String known = Arrays.stream(values()).map(EngineKind::key).collect(Collectors.joining(", "));
        return String.format(Locale.ROOT, "%s: expected %s, found '%s'", where, known, key);
    }

    /**
     * Lets the JVM compile the loops that this kind's networks run in, on a thread of its own, if they are in Java: for a program that
     * draws soon after it starts, and calls this before it reads its model. It takes effect with the JVM's options that
     * the command line is started with.
     */
    public void warmUp() {
        if (this == AUTO || this == ONEDNN) {
            KernelWarmUp.begin();
        }
    }

    /**
     * Opens an engine of this kind for a network in float32, on as many threads as there are {@linkplain PhysicalCores
     * physical cores}.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     * @return the engine, which the caller closes
     */
    public NoisePredictor open(SameDiff graph) {
        return open(graph, PhysicalCores.count());
    }

    /**
     * Opens an engine of this kind for a network in float32.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     * @param threads the number of threads that compute, at least 1
     * @return the engine, which the caller closes
     */
    public NoisePredictor open(SameDiff graph, int threads) {
        return open(graph, threads, Precision.FP32);
    }

    /**
     * Opens an engine of this kind for a network.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     * @param threads the number of threads that compute, at least 1
     * @param precision the type of the numbers that are multiplied
     * @return the engine, which the caller closes
     * @throws Diffusion4jException if the precision is bf16, and the processor doesn't have it or the engine isn't oneDNN; if
     *     an engine is asked for that is missing; if {@value #PROPERTY} names no engine
     */
    public NoisePredictor open(SameDiff graph, int threads, Precision precision) {
        return choose(
                () -> new OneDnnEngine(graph, threads, precision),
                () -> {
                    requireFloat32("SameDiff", precision);
                    return new SameDiffEngine(graph, threads);
                },
                kind -> {
                    requireFloat32("ONNX Runtime", precision);
                    return EngineProvider.of(kind).open(kind, graph, threads);
                });
    }

    /**
     * Opens an engine of this kind for any graph.
     *
     * @param graph a graph whose placeholders have the batch as their first dimension; its ops must not change until the
     *     engine is closed
     * @param outputs the names of the variables to compute, at least one; each is float32 and has the batch as its first
     *     dimension
     * @param threads the number of threads that compute, at least 1
     * @param precision the type of the numbers that are multiplied
     * @return the engine, which the caller closes
     * @throws Diffusion4jException as for {@link #open(SameDiff, int, Precision)}
     */
    public GraphEngine openGraph(SameDiff graph, List<String> outputs, int threads, Precision precision) {
        return choose(
                () -> new CompiledGraph(graph, outputs, threads, precision),
                () -> {
                    requireFloat32("SameDiff", precision);
                    return new SameDiffGraph(graph, outputs, threads);
                },
                kind -> {
                    requireFloat32("ONNX Runtime", precision);
                    return EngineProvider.of(kind).openGraph(kind, graph, outputs, threads);
                });
    }

    /**
     * Opens an engine of this kind for any graph's gradients.
     *
     * @param graph a graph whose placeholders have the batch as their first dimension; its ops must not change until the
     *     engine is closed
     * @param outputs the names of the variables to compute, at least one; each is float32 and has the batch as its first
     *     dimension
     * @param parameters the graph's parameters
     * @param differentiated the inputs whose gradients are needed as well; may be empty
     * @param threads the number of threads that compute, at least 1
     * @return the engine, which multiplies in float32 and which the caller closes
     * @throws Diffusion4jException as for {@link #openGradients(SameDiff, FlatParameters, boolean, int, Precision)}
     */
    public GraphGradients openGraphGradients(
            SameDiff graph, List<String> outputs, FlatParameters parameters, List<String> differentiated, int threads) {
        return choose(
                () -> new CompiledGraph(graph, outputs, parameters, differentiated, threads, Precision.FP32),
                () -> new SameDiffGraphGradients(graph, outputs, parameters, differentiated, threads),
                kind -> {
                    throw new Diffusion4jException(kind.noGradients());
                });
    }

    /**
     * Opens an engine of this kind for a network's gradients.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     * @param parameters the graph's parameters
     * @param sampleGradient whether the gradient of the sample is needed as well
     * @param threads the number of threads that compute, at least 1
     * @param precision the type of the numbers that are multiplied
     * @return the engine, which the caller closes
     * @throws Diffusion4jException if the precision is bf16, and the processor doesn't have it or SameDiff is the engine;
     *     if oneDNN is asked for and is missing; if the engine computes no gradients; if {@value #PROPERTY} names no engine
     */
    public GradientEngine openGradients(
            SameDiff graph, FlatParameters parameters, boolean sampleGradient, int threads, Precision precision) {
        return openGradients(graph, parameters, sampleGradient, threads, precision, false);
    }

    /**
     * Opens an engine of this kind for a network's gradients.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     * @param parameters the graph's parameters
     * @param sampleGradient whether the gradient of the sample is needed as well
     * @param threads the number of threads that compute, at least 1
     * @param precision the type of the numbers that are multiplied
     * @param checkpointing whether parts of the forward pass are computed once more, in place of keeping all that the backward
     *     pass reads: less memory, more time, and the same gradients to the bit
     * @return the engine, which the caller closes
     * @throws Diffusion4jException if the precision is bf16, and the processor doesn't have it or SameDiff is the engine;
     *     if checkpointing is asked for and SameDiff is the engine; if oneDNN is asked for and is missing; if the engine
     *     computes no gradients; if {@value #PROPERTY} names no engine
     */
    public GradientEngine openGradients(
            SameDiff graph,
            FlatParameters parameters,
            boolean sampleGradient,
            int threads,
            Precision precision,
            boolean checkpointing) {
        return choose(
                () -> new OneDnnGradients(graph, parameters, sampleGradient, threads, precision, checkpointing),
                () -> {
                    requireFloat32("SameDiff", precision);
                    requireKeeping(checkpointing);
                    return new SameDiffGradients(graph, parameters, sampleGradient, threads);
                },
                kind -> {
                    throw new Diffusion4jException(kind.noGradients());
                });
    }

    /**
     * Opens an engine of this kind for a network's gradients in float32.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     * @param parameters the graph's parameters
     * @param sampleGradient whether the gradient of the sample is needed as well
     * @param threads the number of threads that compute, at least 1
     * @return the engine, which the caller closes
     * @throws Diffusion4jException if oneDNN is asked for and is missing; if the engine computes no gradients; if {@value
     *     #PROPERTY} names no engine
     */
    public GradientEngine openGradients(
            SameDiff graph, FlatParameters parameters, boolean sampleGradient, int threads) {
        return openGradients(graph, parameters, sampleGradient, threads, Precision.FP32);
    }

    /**
     * Checks, before an engine is opened, that this one computes gradients.
     *
     * @throws Diffusion4jException if it computes none; if {@value #PROPERTY} names no engine
     */
    public void requireGradients() {
        EngineKind kind = here();
        if (!kind.hasGradients()) {
            throw new Diffusion4jException(kind.noGradients());
        }
    }

    /**
     * Whether this engine computes gradients, without which it can't train.
     *
     * @return false for ONNX Runtime
     */
    public boolean hasGradients() {
        return !isOptional();
    }

    private String noGradients() {
        return "engine: expected auto, onednn or samediff for gradients, as ONNX Runtime computes none, found " + key();
    }

    /** Whether the engine is in a module of its own. */
    private boolean isOptional() {
        return name().startsWith(ONNXRUNTIME.toUpperCase(Locale.ROOT));
    }

    /**
     * The engine that this kind means on this machine, as far as that doesn't depend on the graph.
     *
     * @return any but {@link #AUTO}
     * @throws Diffusion4jException if {@value #PROPERTY} names no engine
     */
    public EngineKind here() {
        if (this != AUTO) {
            return this;
        }
        EngineKind wanted = byProperty();
        if (wanted != AUTO) {
            return wanted;
        }
        if (!isOnProcessor()) {
            return SAMEDIFF;
        }
        try {
            Precision.AUTO.here();
            return ONEDNN;
        } catch (LinkageError e) {
            return SAMEDIFF;
        }
    }

    /**
     * The precision that a requested one means with this engine on this machine. This finds errors that can be found before
     * an engine is opened.
     *
     * @param precision the requested precision
     * @return {@link Precision#FP32} or {@link Precision#BF16}
     * @throws Diffusion4jException if it is bf16, and the processor doesn't have it or the engine isn't oneDNN; if an
     *     engine is asked for that is missing; if {@value #PROPERTY} names no engine
     */
    public Precision resolve(Precision precision) {
        EngineKind kind = here();
        if (kind != ONEDNN) {
            requireFloat32(kind == SAMEDIFF ? "SameDiff" : "ONNX Runtime", precision);
            if (kind.isOptional()) {
                EngineProvider.of(kind).check(kind);
            }
            return Precision.FP32;
        }
        return compiledOnly(precision::here);
    }

    /**
     * Finds before an engine is opened that this kind can't do with checkpointing on this machine.
     *
     * @param checkpointing whether it is asked for
     * @throws Diffusion4jException if it is, and SameDiff is the engine; if {@value #PROPERTY} names no engine
     */
    public void resolveCheckpointing(boolean checkpointing) {
        requireKeeping(checkpointing && here() == SAMEDIFF);
    }

    private static void requireKeeping(boolean checkpointing) {
        if (checkpointing) {
            throw new Diffusion4jException(
                    "checkpointing: expected onednn, which can do it, found that SameDiff runs this network");
        }
    }

    private static void requireFloat32(String engine, Precision precision) {
        if (precision == Precision.BF16) {
            throw new Diffusion4jException(
                    "precision: expected fp32 or auto, as " + engine + " runs this network, found bf16");
        }
    }

    private static EngineKind byProperty() {
        String wanted = System.getProperty(PROPERTY, AUTO.key());
        return named(wanted).orElseThrow(() -> new Diffusion4jException(unknown("-D" + PROPERTY, wanted)));
    }

    private static boolean isOnProcessor() {
        return Nd4j.getExecutioner().type() == OpExecutioner.ExecutionerType.NATIVE_CPU;
    }

    private <E> E choose(Supplier<E> compiled, Supplier<E> reference, Function<EngineKind, E> optional) {
        return switch (this) {
            case SAMEDIFF -> reference.get();
            case ONEDNN -> compiledOnly(compiled);
            case AUTO -> fastest(compiled, reference, optional);
            default -> optional.apply(this);
        };
    }

    private static <E> E compiledOnly(Supplier<E> compiled) {
        try {
            return compiled.get();
        } catch (LinkageError e) {
            String found = e.toString().strip().replaceAll("\\s+", " ");
            throw new Diffusion4jException("engine: expected oneDNN's natives for --engine onednn, found " + found, e);
        }
    }

    /** Opens the faster engine if it can. Otherwise one line says why it can't, but only for the first network. */
    private static <E> E fastest(Supplier<E> compiled, Supplier<E> reference, Function<EngineKind, E> optional) {
        EngineKind wanted = byProperty();
        if (wanted != AUTO) {
            if (SAID.add(PROPERTY + "=" + wanted.key())) {
                LOG.info("{}={}", PROPERTY, wanted.key());
            }
            return wanted.choose(compiled, reference, optional);
        }
        if (!isOnProcessor()) {
            return reference.get(); // on a GPU SameDiff is the faster one
        }
        try {
            return compiled.get();
        } catch (UnsupportedGraphException e) {
            if (SAID.add(e.getMessage())) {
                LOG.warn("SameDiff runs this network, as the compiler doesn't know {}", e.getMessage());
            }
        } catch (LinkageError e) {
            if (SAID.add("oneDNN")) { // later errors have other messages
                // This doesn't use a logger, since most programs that lack these natives have no logger, either.
                System.err.println(
                        "diffusion4j: SameDiff runs this network, several times slower, as oneDNN can't be loaded ("
                                + "dnnl and javacpp in the versions of diffusion4j-bom): "
                                + e.toString().strip().replaceAll("\\s+", " "));
            }
        }
        return reference.get();
    }
}
