package org.diffusion4j.engine;

import java.util.Map;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Changes a network's {@link FlatParameters parameters} according to their gradients, and keeps a moving average of the
 * parameters.
 */
public interface Optimizer extends AutoCloseable {
    /**
     * The norm of all gradients together.
     *
     * @return √(Σ g²); NaN if a gradient is NaN
     */
    double gradientNorm();

    /**
     * Changes the parameters by one step, then their average, and sets the gradients to zero.
     *
     * @param learningRate the learning rate of this step
     * @param gradientScale what the gradients are multiplied by first: a clip factor, or 1
     * @param averageDecay the share of the average that is kept; 0 makes the average a copy of the parameters; ignored if
     *     there is no average
     */
    void step(double learningRate, double gradientScale, double averageDecay);

    /**
     * What the optimiser remembers of the gradients so far.
     *
     * @return the optimiser's own vectors by name; a vector that has the length of {@link FlatParameters#values()} is laid
     *     out like it
     */
    Map<String, INDArray> moments();

    /**
     * The moving average of every parameter, laid out like {@link FlatParameters#values()}.
     *
     * @return the optimiser's own array, not a copy; null if no average is kept
     */
    INDArray average();

    /**
     * The number of steps taken so far.
     *
     * @return at least 0
     */
    long steps();

    /**
     * Continues from the moments and the average that were written into the vectors.
     *
     * @param steps the number of steps that led to them
     */
    void resume(long steps);

    @Override
    void close();
}
