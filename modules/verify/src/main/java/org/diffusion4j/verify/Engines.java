package org.diffusion4j.verify;

import java.util.List;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.engine.GraphGradients;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.autodiff.samediff.SameDiff;

/** Makes the engines that run a case's network. */
public interface Engines {
    /**
     * Opens an engine for the forward pass.
     *
     * @param graph the network's graph
     * @return the engine, which the caller closes
     */
    NoisePredictor open(SameDiff graph);

    /**
     * Opens an engine for any graph.
     *
     * @param graph the graph
     * @param outputs the names of the variables to compute
     * @return the engine, which the caller closes
     */
    GraphEngine openGraph(SameDiff graph, List<String> outputs);

    /**
     * Opens an engine for gradients.
     *
     * @param graph the network's graph
     * @param parameters the graph's parameters
     * @param sampleGradient whether the gradient of the sample is needed as well
     * @return the engine, which the caller closes
     */
    GradientEngine openGradients(SameDiff graph, FlatParameters parameters, boolean sampleGradient);

    /**
     * Opens an engine for any graph's gradients.
     *
     * @param graph the graph
     * @param outputs the names of the variables to compute
     * @param parameters the graph's parameters
     * @param differentiated the inputs whose gradients are needed as well
     * @return the engine, which the caller closes
     */
    GraphGradients openGraphGradients(
            SameDiff graph, List<String> outputs, FlatParameters parameters, List<String> differentiated);

    /**
     * Whether these engines compute gradients.
     *
     * @return whether {@link #openGradients} gives one
     */
    default boolean haveGradients() {
        return true;
    }

    /**
     * Engines of a kind.
     *
     * @param kind the kind of engine
     * @param threads the number of threads that compute, at least 1
     * @return an object that makes such engines
     */
    static Engines of(EngineKind kind, int threads) {
        return new Engines() {
            @Override
            public NoisePredictor open(SameDiff graph) {
                return kind.open(graph, threads);
            }

            @Override
            public GraphEngine openGraph(SameDiff graph, List<String> outputs) {
                return kind.openGraph(graph, outputs, threads, Precision.FP32);
            }

            @Override
            public GraphGradients openGraphGradients(
                    SameDiff graph, List<String> outputs, FlatParameters parameters, List<String> differentiated) {
                return kind.openGraphGradients(graph, outputs, parameters, differentiated, threads);
            }

            @Override
            public boolean haveGradients() {
                return kind.hasGradients();
            }

            @Override
            public GradientEngine openGradients(SameDiff graph, FlatParameters parameters, boolean sampleGradient) {
                return kind.openGradients(graph, parameters, sampleGradient, threads);
            }
        };
    }
}
