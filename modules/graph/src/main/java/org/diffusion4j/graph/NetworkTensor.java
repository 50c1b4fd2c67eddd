package org.diffusion4j.graph;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * An array that goes into a network or comes out of it.
 *
 * @param name of the graph's placeholder or output
 * @param dataType its element type, in a float32 network
 * @param shape its dimensions; -1 where it may have any
 */
public record NetworkTensor(String name, DataType dataType, long... shape) {
    /** Keeps a copy of the shape. */
    public NetworkTensor {
        shape = shape.clone();
    }

    /**
     * The shape.
     *
     * @return a copy
     */
    @Override
    public long[] shape() {
        return shape.clone();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof NetworkTensor other
                && name.equals(other.name)
                && dataType == other.dataType
                && Arrays.equals(shape, other.shape);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Arrays.hashCode(shape);
    }

    @Override
    public String toString() {
        return name + Arrays.toString(shape);
    }
}
