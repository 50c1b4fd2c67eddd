package org.diffusion4j.samediff;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A weight of a network, wherever it is: in memory, in a file, or still to be drawn. An engine asks for the elements when it
 * packs them and gives them back at once, so a network's weights needn't be in memory beside their packed form. Several
 * threads may use it at the same time. Its elements are the same at each use.
 */
public interface WeightSource {
    /**
     * The dimensions.
     *
     * @return a copy of the shape
     */
    long[] shape();

    /**
     * The elements' type in an array.
     *
     * @return such as FLOAT
     */
    DataType dataType();

    /**
     * Lends the elements.
     *
     * @param reader gets an array of {@link #shape()} and {@link #dataType()}, which it neither changes nor keeps: its memory
     *     may be freed when this returns
     * @param <T> the reader's result
     * @return the reader's result
     */
    <T> T use(Function<INDArray, T> reader);

    /**
     * Lends the elements to a reader without a result.
     *
     * @param reader as for {@link #use}
     */
    default void read(Consumer<INDArray> reader) {
        use(array -> {
            reader.accept(array);
            return null;
        });
    }

    /**
     * Gives the elements for longer than a reader's time.
     *
     * @return the array itself if the weight is in memory; otherwise a new one, which belongs to the caller
     */
    INDArray array();

    /**
     * The number of elements.
     *
     * @return the product of the shape
     */
    default long length() {
        return Arrays.stream(shape()).reduce(1, (a, b) -> a * b);
    }

    /**
     * An array in memory.
     *
     * @param array the array, which must not change or be closed while the source is used
     * @return a source that lends the array itself
     */
    static WeightSource of(INDArray array) {
        return new HeldArray(array);
    }
}
