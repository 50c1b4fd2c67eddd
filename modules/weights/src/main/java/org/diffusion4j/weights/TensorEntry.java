package org.diffusion4j.weights;

import java.util.Arrays;

/**
 * One line of a safetensors header: what a tensor is and where its bytes lie.
 *
 * @param name the parameter's name
 * @param type the elements' type in the file
 * @param shape the dimensions; none for a scalar
 * @param begin the first byte, counted from the end of the header
 * @param end the byte after the last one
 */
public record TensorEntry(String name, TensorType type, long[] shape, long begin, long end) {
    /**
     * The size in the file.
     *
     * @return bytes
     */
    public long byteSize() {
        return end - begin;
    }

    /** As in error messages: {@code F32 [128, 3, 3, 3]}. */
    static String describe(TensorType type, long... shape) {
        return shape.length <= 16 ? type + " " + Arrays.toString(shape) : type + " of " + shape.length + " dimensions";
    }
}
