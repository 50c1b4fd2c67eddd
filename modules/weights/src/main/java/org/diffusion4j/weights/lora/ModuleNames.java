package org.diffusion4j.weights.lora;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.singlefile.OriginalUNet;

/** Finds a network's layers by any name that adapters have for them. Dots and underscores aren't told apart. */
final class ModuleNames {
    private static final String WEIGHT = ".weight";
    private static final String TEXT_MODEL = "text_model.";

    private final Map<String, String> layers = new HashMap<>();

    /**
     * @param component the network's part in the pipeline
     * @param parameters the names of its parameters
     */
    ModuleNames(String component, Set<String> parameters) {
        for (String parameter : parameters) {
            if (parameter.endsWith(WEIGHT)) {
                String layer = layer(parameter);
                layers.put(plain(layer), layer);
                if (layer.startsWith(TEXT_MODEL)) { // which transformers left out for a while
                    layers.putIfAbsent(plain(layer.substring(TEXT_MODEL.length())), layer);
                }
                if (layer.endsWith(".to_out.0")) {
                    layers.putIfAbsent(plain(layer.substring(0, layer.length() - ".0".length())), layer);
                }
            }
        }
        if (component.equals(PipelineFolder.UNET)) {
            OriginalUNet.names(parameters)
                    .forEach((parameter, original) -> layers.putIfAbsent(plain(layer(original)), layer(parameter)));
        }
    }

    /** The layer of a weight or a bias. */
    static String layer(String parameter) {
        return parameter.substring(0, Math.max(0, parameter.lastIndexOf('.')));
    }

    /** The layer's own name; empty if the network has no such layer. */
    Optional<String> find(String name) {
        return Optional.ofNullable(layers.get(plain(name)));
    }

    private static String plain(String name) {
        return name.replace('.', '_');
    }
}
