package org.diffusion4j.server.model;

import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.Precision;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * What runs the networks.
 *
 * @param engine the kind of engine
 * @param threads the number of threads that compute, at least 1
 * @param precision the type of the numbers that are multiplied
 */
public record Computing(EngineKind engine, int threads, Precision precision) {
    NoisePredictor open(SameDiff graph) {
        return engine.open(graph, threads, precision);
    }
}
