package org.diffusion4j.weights.singlefile;

/**
 * Where a parameter is in a single file.
 *
 * @param name the tensor's name
 * @param conversion how the parameter lies in it
 */
record OriginalKey(String name, Conversion conversion) {
    static OriginalKey copy(String name) {
        return new OriginalKey(name, Conversion.COPY);
    }

    OriginalKey below(String prefix) {
        return new OriginalKey(prefix + name, conversion);
    }
}
