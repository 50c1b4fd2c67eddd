package org.diffusion4j.engine;

import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import org.diffusion4j.Diffusion4jException;
import org.nd4j.autodiff.samediff.SameDiff;

/** An engine in a module of its own, which {@link ServiceLoader} finds on the class path. */
public interface EngineProvider {
    /**
     * Whether this opens engines of a kind.
     *
     * @param kind any kind
     * @return whether it does, also if such an engine doesn't run on this machine
     */
    boolean provides(EngineKind kind);

    /**
     * Checks that engines of a kind run on this machine, as far as that can be told before one is opened.
     *
     * @param kind a kind that this {@linkplain #provides provides}
     * @throws Diffusion4jException if they don't; the message says what is missing
     */
    void check(EngineKind kind);

    /**
     * Opens an engine for a network in float32.
     *
     * @param kind a kind that this {@linkplain #provides provides}
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     * @param threads the number of threads that compute on the processor, at least 1
     * @return the engine, which the caller closes
     * @throws Diffusion4jException if the engine doesn't run on this machine or doesn't know an op of the graph; the message
     *     says what is missing
     */
    NoisePredictor open(EngineKind kind, SameDiff graph, int threads);

    /**
     * Opens an engine for any graph in float32.
     *
     * @param kind a kind that this {@linkplain #provides provides}
     * @param graph a graph whose placeholders have the batch as their first dimension
     * @param outputs the names of the variables to compute, at least one; each is float32
     * @param threads the number of threads that compute on the processor, at least 1
     * @return the engine, which the caller closes
     * @throws Diffusion4jException as for {@link #open}
     */
    GraphEngine openGraph(EngineKind kind, SameDiff graph, List<String> outputs, int threads);

    /**
     * Finds the provider of a kind.
     *
     * @param kind the kind
     * @return the provider
     * @throws Diffusion4jException if it isn't on the class path
     */
    static EngineProvider of(EngineKind kind) {
        return ServiceLoader.load(EngineProvider.class, EngineProvider.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.provides(kind))
                .findFirst()
                .orElseThrow(() -> new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "engine %s: expected org.diffusion4j:diffusion4j-engine-onnxruntime on the class path, found nothing",
                        kind.key())));
    }
}
