package org.diffusion4j.engine;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.nd4j.autodiff.samediff.SameDiff;

/** Which engine runs a graph. */
public enum EngineKind {
    /** The fastest that runs here. */
    AUTO,
    /** {@link SameDiffEngine}, the reference. */
    SAMEDIFF;

    /**
     * The engine's name on a command line.
     *
     * @return lower case
     */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The engine of that name.
     *
     * @param key as {@link #key()} gives it
     * @return the engine
     * @throws IllegalArgumentException if there is none of that name
     */
    public static EngineKind of(String key) {
        return Arrays.stream(values())
                .filter(kind -> kind.key().equals(key))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("engine: expected %s, found '%s'"
                        .formatted(
                                Arrays.stream(values()).map(EngineKind::key).collect(Collectors.joining(", ")), key)));
    }

    /**
     * An engine of this kind for a network.
     *
     * @param graph placeholders {@code sample}, {@code timestep} and others; output {@code out_sample}
     * @return the engine, to be closed
     */
    public NoisePredictor open(SameDiff graph) {
        return new SameDiffEngine(graph);
    }
}
