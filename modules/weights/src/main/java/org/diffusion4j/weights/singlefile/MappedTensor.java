package org.diffusion4j.weights.singlefile;

/**
 * A parameter of a network and where it is in a single file.
 *
 * @param original the tensor's name in the single file
 * @param component the network's name in diffusers' folders, such as {@code unet}
 * @param parameter the parameter's name there
 * @param shape its shape
 * @param conversion how it lies in the single file's tensor, which may hold several parameters
 */
public record MappedTensor(String original, String component, String parameter, long[] shape, Conversion conversion) {
    /**
     * The shape in the single file.
     *
     * @return a new array
     */
    public long[] originalShape() {
        return conversion.originalShape(shape);
    }
}
