package org.diffusion4j.pipeline.part;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parallel.Cancellation;
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

    /**
     * Opens the same engines, whose runs end early when they are cancelled, as {@link GraphEngine#run(java.util.Map,
     * BooleanSupplier)} says. So every part that is run by them can be cancelled.
     *
     * @param cancelled whether nobody wants the parts' outputs any more; it is asked often, by several threads at once, so it must
     *     be quick
     * @return an object that opens such engines; it throws a {@link java.util.concurrent.CancellationException} if it is cancelled
     */
    default GraphOpener cancelledBy(BooleanSupplier cancelled) {
        return (graph, outputs) -> {
            Cancellation.check(cancelled);
            return new CancellableEngine(open(graph, outputs), cancelled);
        };
    }
}
