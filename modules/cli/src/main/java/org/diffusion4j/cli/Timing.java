package org.diffusion4j.cli;

import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;

/**
 * What was measured of a network.
 *
 * @param engine the engine that ran the network
 * @param precision the type of the numbers that it multiplied
 * @param millis the median time of a run, in milliseconds
 * @param peak the most memory that the process held, in MiB; empty if the system doesn't report it
 * @param gflop 10⁹ floating-point operations of a run; empty if the compiler doesn't know all of the network's ops
 * @param plainRate 10⁹ operations per second of a plain convolution by oneDNN; empty if oneDNN is missing
 */
record Timing(
        EngineKind engine,
        Precision precision,
        double millis,
        OptionalLong peak,
        OptionalDouble gflop,
        OptionalDouble plainRate) {
    /** 10⁹ operations per second. */
    OptionalDouble rate() {
        return gflop.isPresent() ? OptionalDouble.of(gflop.getAsDouble() / millis * 1000) : OptionalDouble.empty();
    }

    /** The rate as a share of a plain convolution's. */
    OptionalDouble share() {
        return gflop.isPresent() && plainRate.isPresent()
                ? OptionalDouble.of(rate().getAsDouble() / plainRate.getAsDouble())
                : OptionalDouble.empty();
    }
}
