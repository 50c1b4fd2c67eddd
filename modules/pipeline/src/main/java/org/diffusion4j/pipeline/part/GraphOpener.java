package org.diffusion4j.pipeline.part;

import java.util.List;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.engine.Precision;
import org.nd4j.autodiff.samediff.SameDiff;

/** Opens the engines that run a part's graphs. */
@FunctionalInterface
public interface GraphOpener {
    /**
     * Opens an engine.
     *
     * @param graph a graph whose placeholders have the batch as their first dimension
     * @param outputs the names of the variables to compute
     * @return the engine, which the caller closes
     */
    GraphEngine open(SameDiff graph, List<String> outputs);

    /**
     * Opens engines of a kind.
     *
     * @param kind the kind of engine
     * @param threads the number of threads that compute, at least 1
     * @param precision the type of the numbers that are multiplied
     * @return an object that opens such engines
     */
    static GraphOpener of(EngineKind kind, int threads, Precision precision) {
        return (graph, outputs) -> kind.openGraph(graph, outputs, threads, precision);
    }
}
