package org.diffusion4j.graph.build;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.zip.CRC32;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A parameter before training, in float32, which is drawn whenever it is needed. Its elements depend only on the seed and
 * its name.
 *
 * @param name diffusers' name
 * @param initial what its elements are drawn from
 * @param seed any number
 * @param shape its dimensions
 */
public record InitialWeight(String name, Initial initial, long seed, long... shape) implements WeightSource {
    /** Copies the shape. */
    public InitialWeight {
        shape = shape.clone();
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    @Override
    public DataType dataType() {
        return DataType.FLOAT;
    }

    @Override
    public <T> T use(Function<INDArray, T> reader) {
        try (INDArray drawn = array()) {
            return reader.apply(drawn);
        }
    }

    @Override
    public INDArray array() {
        return draw(DataType.FLOAT);
    }

    /** Draws the elements, which belong to the caller. */
    INDArray draw(DataType dataType) {
        INDArray values = Nd4j.createUninitializedDetached(dataType, shape);
        CRC32 crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + crc.getValue());
        long length = length();
        for (long i = 0; i < length; i++) {
            values.data().put(i, initial.draw(random));
        }
        return values;
    }
}
