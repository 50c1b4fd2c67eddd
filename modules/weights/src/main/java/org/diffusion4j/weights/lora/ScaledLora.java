package org.diffusion4j.weights.lora;

import static org.diffusion4j.Requirement.require;

import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.weights.file.FileFault;

/**
 * An adapter and how strongly it acts.
 *
 * @param file the adapter, which is open while this is used
 * @param scale what it adds is multiplied by this: 1 for the adapter as it was trained, 0 for nothing; it may be negative
 */
public record ScaledLora(LoraFile file, double scale) {
    /** Checks the scale. */
    public ScaledLora {
        require(Double.isFinite(scale), "scale", "a finite number", scale);
    }

    /**
     * What is added to a component's parameters. Nothing is read.
     *
     * @param component the name of the pipeline's part, such as {@code unet}
     * @param shapes the shapes of its parameters by their names
     * @return what is added, by the parameters' names
     * @throws org.diffusion4j.Diffusion4jException if the component lacks a layer that the adapter changes, or one's shape doesn't
     *     fit; the message names the tensor
     */
    public Map<String, WeightDelta> changes(String component, Map<String, long[]> shapes) {
        ModuleNames names = new ModuleNames(component, shapes.keySet());
        Map<String, WeightDelta> changes = new LinkedHashMap<>();
        for (LoraModule module : file.modules()) {
            if (module.component().equals(component)) {
                String layer = names.find(module.name())
                        .orElseThrow(() -> fault(
                                module,
                                "expected a layer of this model's " + component
                                        + ", found none of this name: the adapter is one of another model"));
                add(changes, module, layer + ".weight", module.weight(), shapes);
                add(changes, module, layer + ".bias", module.bias(), shapes);
            }
        }
        return changes;
    }

    private void add(
            Map<String, WeightDelta> changes,
            LoraModule module,
            String parameter,
            WeightDelta delta,
            Map<String, long[]> shapes) {
        if (delta == null) {
            return;
        }
        long[] shape = shapes.get(parameter);
        if (shape == null) {
            throw fault(module, "expected a layer with a bias, found one without");
        }
        delta.check(shape);
        if (changes.putIfAbsent(parameter, delta) != null) {
            throw fault(module, "expected each layer under one name, found " + parameter + " under two");
        }
    }

    private RuntimeException fault(LoraModule module, String expectedAndFound) {
        return FileFault.in(file.path(), module.key(), expectedAndFound);
    }
}
