package org.diffusion4j.engine;

import java.util.Map;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Moves a network's {@link FlatParameters parameters} by their gradients, and keeps a moving average of them. */
public interface Optimizer extends AutoCloseable {
    /**
     * The norm of all gradients together.
     *
     * @return √(Σ g²), not a number if a gradient isn't
     */
    double gradientNorm();

    /**
     * Moves the parameters by one step and their average after them; sets the gradients to zero.
     *
     * @param learningRate of this step
     * @param gradientScale what the gradients are multiplied by first: a clip factor, or 1
     * @param averageDecay the share of the average that stays; 0 makes it a copy; not looked at if none is kept
     */
    void step(double learningRate, double gradientScale, double averageDecay);

    /**
     * What it remembers of the gradients so far.
     *
     * @return vectors by name, shared; those that are laid out like {@link FlatParameters#values()} are all of its length
     */
    Map<String, INDArray> moments();

    /**
     * The moving average of every parameter, laid out like {@link FlatParameters#values()}.
     *
     * @return shared; null if none is kept
     */
    INDArray average();

    /**
     * How many steps were taken.
     *
     * @return from 0
     */
    long steps();

    /**
     * Goes on from the moments and average that were put into the vectors.
     *
     * @param steps how many they are the result of
     */
    void resume(long steps);

    @Override
    void close();
}
