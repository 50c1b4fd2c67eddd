package org.diffusion4j.graph.build;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

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
        INDArray array = array(name, initial, shape);
        return trainable ? sd.var(name, array) : sd.constant(name, array);
    }

    private INDArray array(String name, Initial initial, long... shape) {
        long length = 1;
        for (long dimension : shape) {
            length *= dimension;
        }
        INDArray values = Nd4j.createUninitialized(dataType, shape, 'c');
        CRC32 crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + crc.getValue());
        for (long i = 0; i < length; i++) {
            values.data().put(i, initial.draw(random));
        }
        return values;
    }
}
