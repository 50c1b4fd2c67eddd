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
 * What a network is given beside samples and timesteps, at every step of a walk the same: such as class labels. With
 * classifier-free guidance each sample goes through the network twice, in one batch: the first half has the inputs that stand
 * for no condition, the second half those that are wanted.
 *
 * <p>The arrays that one is made of are its own from then on, and freed with it. It doesn't change, so that threads may share
 * it until it is closed.
 */
public final class Conditioning implements AutoCloseable {
    private final Map<String, INDArray> inputs;
    /** Null where each sample goes through the network once. */
    private final Guidance guidance;

    private Conditioning(Map<String, INDArray> inputs, Guidance guidance) {
        this.inputs = Map.copyOf(inputs);
        this.guidance = guidance;
    }

    /**
     * Nothing beside samples and timesteps.
     *
     * @return a conditioning without inputs
     */
    public static Conditioning none() {
        return new Conditioning(Map.of(), null);
    }

    /**
     * Further inputs, without guidance.
     *
     * @param inputs by the network's names, each [N,…] for N samples; now the conditioning's own
     * @return a conditioning by which each sample goes through the network once
     */
    public static Conditioning of(Map<String, INDArray> inputs) {
        return new Conditioning(inputs, null);
    }

    /**
     * Further inputs, with guidance.
     *
     * @param conditional what is wanted: inputs by the network's names, each [N,…] for N samples; now the conditioning's own
     * @param unconditional what stands for no condition, with the same names, shapes and types; now the conditioning's own
     * @param guidance how far from the one towards the other; at a scale of 1 there is no second half
     * @return the conditioning
     * @throws IllegalArgumentException if there are no inputs, or the two haven't the same names and shapes
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
     * The network's inputs beside {@code sample} and {@code timestep}.
     *
     * @return arrays by name, each [N,…], or [2N,…] with guidance; not to be changed
     */
    public Map<String, INDArray> inputs() {
        return inputs;
    }

    /** The guidance; null where each sample goes through the network once. */
    Guidance guidance() {
        return guidance;
    }

    /** What goes through the network: the samples themselves, or a new array that has them twice. */
    INDArray batch(INDArray samples) {
        return guidance == null ? samples : Nd4j.concat(0, samples, samples);
    }

    /** One prediction for each sample: the network's output itself, or a new array. */
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
