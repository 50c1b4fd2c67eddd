package org.diffusion4j.verify;

import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.autodiff.samediff.SameDiff;

/** Makes what runs a case's network. */
public interface Engines {
    /**
     * What runs it forward.
     *
     * @param graph the network's
     * @return the engine, to be closed
     */
    NoisePredictor open(SameDiff graph);

    /**
     * What gives its gradients.
     *
     * @param graph the network's
     * @param parameters of that graph
     * @param sampleGradient whether the gradient of the sample is wanted as well
     * @return the engine, to be closed
     */
    GradientEngine openGradients(SameDiff graph, FlatParameters parameters, boolean sampleGradient);

    /**
     * Engines of a kind.
     *
     * @param kind which
     * @param threads how many compute, at least 1
     * @return what makes them
     */
    static Engines of(EngineKind kind, int threads) {
        return new Engines() {
            @Override
            public NoisePredictor open(SameDiff graph) {
                return kind.open(graph, threads);
            }

            @Override
            public GradientEngine openGradients(SameDiff graph, FlatParameters parameters, boolean sampleGradient) {
                return kind.openGradients(graph, parameters, sampleGradient, threads);
            }
        };
    }
}
