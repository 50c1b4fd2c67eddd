package org.diffusion4j.weights.safetensors;

import org.diffusion4j.weights.tensor.TensorType;

/**
 * One entry of a safetensors header: what a tensor is and where its bytes are.
 *
 * @param name the parameter's name
 * @param type the elements' type in the file
 * @param shape the dimensions; empty for a scalar
 * @param begin the first byte, counted from the end of the header
 * @param end the byte after the last one
 */
public record TensorEntry(String name, TensorType type, long[] shape, long begin, long end) {
    /**
     * The size of the tensor in the file.
     *
     * @return the number of bytes
     */
    public long byteSize() {
        return end - begin;
    }
}
