package org.diffusion4j.pipeline;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.diffusion.Guidance;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A network's inputs besides samples and timesteps, such as class labels, which are the same at every step of a walk. With
 * classifier-free guidance each sample goes through the network twice, in one batch: the first half has the inputs that
 * stand for no condition, the second half has the condition.
 *
 * <p>A conditioning owns the arrays that it is made from, and frees them when it is closed. It doesn't change, so threads
 * may share it until it is closed.
 */
public final class Conditioning implements AutoCloseable {
    private final Map<String, INDArray> inputs;
    /** Null if each sample goes through the network once. */
    private final Guidance guidance;

    private Conditioning(Map<String, INDArray> inputs, Guidance guidance) {
        this.inputs = Map.copyOf(inputs);
        this.guidance = guidance;
    }

    /**
     * No inputs besides samples and timesteps.
     *
     * @return a conditioning without inputs
     */
    public static Conditioning none() {
        return new Conditioning(Map.of(), null);
    }

    /**
     * Further inputs, without guidance.
     *
     * @param inputs arrays by the network's names, each [N,…] for N samples; the conditioning owns them from now on
     * @return a conditioning with which each sample goes through the network once
     */
    public static Conditioning of(Map<String, INDArray> inputs) {
        return new Conditioning(inputs, null);
    }

    /**
     * Further inputs, with guidance.
     *
     * @param conditional the condition: inputs by the network's names, each [N,…] for N samples; the conditioning owns them
     *     from now on
     * @param unconditional the inputs that stand for no condition, with the same names, shapes and types; the conditioning
     *     owns them from now on
     * @param guidance how strongly the condition is exaggerated; at a scale of 1 each sample goes through the network only once
     * @return the conditioning
     * @throws IllegalArgumentException if there are no inputs, or the names, shapes or types of the two differ
     */
    public static Conditioning guided(
            Map<String, INDArray> conditional, Map<String, INDArray> unconditional, Guidance guidance) {
        if (conditional.isEmpty() || !conditional.keySet().equals(unconditional.keySet())) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "guidance: expected the same inputs with a condition as without one, at least one, found %s and %s",
                    conditional.keySet(),
                    unconditional.keySet()));
        }
        conditional.forEach((name, input) -> requireSameShape(name, unconditional.get(name), input));
        if (!guidance.needsUnconditional()) {
            unconditional.values().forEach(Denoising::free);
            return of(conditional);
        }
        Map<String, INDArray> both = new LinkedHashMap<>();
        conditional.forEach((name, input) -> {
            INDArray without = unconditional.get(name);
            both.put(name, Nd4j.concat(0, without, input));
            Denoising.free(without);
            Denoising.free(input);
        });
        return new Conditioning(both, guidance);
    }

    private static void requireSameShape(String name, INDArray without, INDArray with) {
        if (!Arrays.equals(without.shape(), with.shape()) || without.dataType() != with.dataType()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "guidance, '%s': expected the same shape and type with a condition as without one, found %s %s and %s %s",
                    name,
                    with.dataType(),
                    Arrays.toString(with.shape()),
                    without.dataType(),
                    Arrays.toString(without.shape())));
        }
    }

    /**
     * The network's inputs besides {@code sample} and {@code timestep}.
     *
     * @return arrays by name, each [N,…], or [2N,…] with guidance; they must not be changed
     */
    public Map<String, INDArray> inputs() {
        return inputs;
    }

    /** The guidance; null if each sample goes through the network once. */
    Guidance guidance() {
        return guidance;
    }

    /**
     * Whether each sample goes through the network twice.
     *
     * @return false without guidance
     */
    public boolean isGuided() {
        return guidance != null;
    }

    /** The network's batch: the samples themselves, or a new array that has them twice. */
    INDArray batch(INDArray samples) {
        return guidance == null ? samples : Nd4j.concat(0, samples, samples);
    }

    /** One prediction per sample: the network's output itself, or a new array. */
    INDArray combined(INDArray output) {
        if (guidance == null) {
            return output;
        }
        long samples = output.size(0) / 2;
        return guidance.combine(
                output.get(NDArrayIndex.interval(0, samples)), output.get(NDArrayIndex.interval(samples, 2 * samples)));
    }

    /** Frees its arrays. */
    @Override
    public void close() {
        inputs.values().forEach(Denoising::free);
    }
}
