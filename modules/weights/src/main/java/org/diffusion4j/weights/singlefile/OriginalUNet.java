package org.diffusion4j.weights.singlefile;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The names that a denoising network's parameters have in the original code, which other formats than single files use, too. */
public final class OriginalUNet {
    private OriginalUNet() {}

    /**
     * Finds the original names.
     *
     * @param parameters diffusers' names of all parameters, from which the blocks are counted
     * @return the original name, such as {@code input_blocks.1.0.in_layers.2.weight}, of each that has one
     */
    public static Map<String, String> names(Set<String> parameters) {
        OriginalNames originals = new UNetNames(parameters);
        Map<String, String> names = new LinkedHashMap<>();
        for (String parameter : parameters) {
            originals.of(parameter).ifPresent(key -> names.put(parameter, key.name()));
        }
        return names;
    }
}
