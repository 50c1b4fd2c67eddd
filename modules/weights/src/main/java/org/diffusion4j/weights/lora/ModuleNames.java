package org.diffusion4j.weights.lora;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.diffusion4j.weights.diffusers.PipelineFolder;

/** Finds a network's layers by any name that adapters have for them. Dots and underscores aren't told apart. */
final class ModuleNames {
    private static final String WEIGHT = ".weight";

    private final Map<String, String> layers = new HashMap<>();

    /**
     * @param component the network's part in the pipeline
     * @param parameters the names of its parameters
     */
    ModuleNames(String component, Collection<String> parameters) {
        for (String parameter : parameters) {
            if (parameter.endsWith(WEIGHT)) {
                String layer = parameter.substring(0, parameter.length() - WEIGHT.length());
                layers.put(plain(layer), layer);
                if (layer.startsWith("text_model.")) { // which transformers left out for a while
                    layers.putIfAbsent(plain(layer.substring("text_model.".length())), layer);
                }
                if (layer.endsWith(".to_out.0")) {
                    layers.putIfAbsent(plain(layer.substring(0, layer.length() - ".0".length())), layer);
                }
            }
        }
        if (component.equals(PipelineFolder.UNET)) {
            OriginalBlocks.names(layers.values()).forEach((layer, original) -> layers.put(plain(original), layer));
        }
    }

    /** The layer's own name; empty if the network has no such layer. */
    Optional<String> find(String name) {
        return Optional.ofNullable(layers.get(plain(name)));
    }

    private static String plain(String name) {
        return name.replace('.', '_');
    }
}
