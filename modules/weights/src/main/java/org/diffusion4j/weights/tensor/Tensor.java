package org.diffusion4j.weights.tensor;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a file of weights holds: a type, a shape, and the elements' bytes, little-endian and row by row. A tensor from a
 * {@link TensorFile} is written unchanged, so a file that is read and written keeps all its bits.
 */
public sealed interface Tensor permits BytesTensor, StreamedTensor, WeightTensor {
    /**
     * The elements' type in the file.
     *
     * @return the type
     */
    TensorType type();

    /**
     * The dimensions.
     *
     * @return the shape; of length 0 for a scalar
     */
    long[] shape();

    /**
     * The size of the elements in a file.
     *
     * @return the number of bytes
     */
    long byteSize();

    /**
     * Writes the elements' bytes.
     *
     * @param channel the channel to write to, which must be blocking
     * @throws IOException if the channel fails
     */
    void writeTo(WritableByteChannel channel) throws IOException;

    /**
     * An array in its own type: FLOAT as F32, HALF as F16, BFLOAT16 as BF16, DOUBLE as F64, LONG as I64, INT as I32.
     *
     * @param array an array in any order, or a view; it is read when the tensor is written
     * @return the tensor
     * @throws IllegalArgumentException for another type of array
     */
    static WeightTensor of(INDArray array) {
        return new ArrayTensor(array, TensorType.of(array.dataType()));
    }

    /**
     * A FLOAT array that is rounded to a float type when it is written: to the nearest number, ties to even.
     *
     * @param array an array in any order, or a view; it is read when the tensor is written
     * @param type F32, F16 or BF16, or the type that {@link #of(INDArray)} gives
     * @return the tensor
     * @throws IllegalArgumentException for another pair of types
     */
    static WeightTensor of(INDArray array, TensorType type) {
        boolean narrowed = array.dataType() == DataType.FLOAT && (type == TensorType.F16 || type == TensorType.BF16);
        if (!narrowed && TensorType.of(array.dataType()) != type) {
            throw new IllegalArgumentException(
                    "type: expected F32, F16 or BF16 of a FLOAT array, or the array's own type," + " found " + type
                            + " of a " + array.dataType() + " array");
        }
        return new ArrayTensor(array, type);
    }

    /**
     * A weight of any origin, such as one that is still to be drawn, whose elements are asked for when it is written.
     *
     * @param source the weight
     * @return the tensor: the source itself if it is one
     * @throws IllegalArgumentException for a type that no file has
     */
    static Tensor of(WeightSource source) {
        return source instanceof Tensor tensor ? tensor : new SourceTensor(source, TensorType.of(source.dataType()));
    }

    /**
     * A weight of any origin, in a type of its own: as for {@link #of(INDArray, TensorType)}.
     *
     * @param source the weight, whose elements are asked for when it is written
     * @param type the type in a file
     * @return the tensor
     */
    static WeightTensor of(WeightSource source, TensorType type) {
        return new SourceTensor(source, type);
    }

    /**
     * A tensor of any type, given as the bytes of the file.
     *
     * @param type the elements' type
     * @param bytes the elements, little-endian, row by row
     * @param shape the dimensions
     * @return the tensor
     * @throws IllegalArgumentException if the number of bytes doesn't match the type and shape
     */
    static Tensor of(TensorType type, byte[] bytes, long... shape) {
        return new BytesTensor(type, shape.clone(), bytes.clone());
    }

    /**
     * A tensor whose bytes are made when it is written.
     *
     * @param type the elements' type
     * @param content writes as many bytes as the type and the shape ask for
     * @param shape the dimensions
     * @return the tensor
     * @throws IllegalArgumentException if no number of whole bytes can hold such a tensor
     */
    static Tensor of(TensorType type, Content content, long... shape) {
        return new StreamedTensor(type, shape.clone(), content);
    }

    /** Writes the elements of a tensor. */
    @FunctionalInterface
    interface Content {
        /**
         * Writes the elements' bytes, little-endian and row by row.
         *
         * @param channel the channel to write to, which must be blocking
         * @throws IOException if the elements can't be read, or the channel fails
         */
        void writeTo(WritableByteChannel channel) throws IOException;
    }
}
