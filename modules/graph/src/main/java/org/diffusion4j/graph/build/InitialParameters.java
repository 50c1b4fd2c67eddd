package org.diffusion4j.graph.build;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Parameters before training. Each depends only on the seed and its own name, so no other option changes it. */
public final class InitialParameters implements Parameters {
    private final SameDiff sd;
    private final DataType dataType;
    private final long seed;

    /**
     * Makes the parameters of a graph.
     *
     * @param sd the graph
     * @param dataType the type of its parameters
     * @param seed any number
     */
    public InitialParameters(SameDiff sd, DataType dataType, long seed) {
        this.sd = sd;
        this.dataType = dataType;
        this.seed = seed;
    }

    @Override
    public SDVariable parameter(String name, Initial initial, boolean trainable, long... shape) {
        INDArray array = new InitialWeight(name, initial, seed, shape).draw(dataType);
        return trainable ? sd.var(name, array) : sd.constant(name, array);
    }
}
