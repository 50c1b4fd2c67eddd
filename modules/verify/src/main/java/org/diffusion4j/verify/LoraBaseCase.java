package org.diffusion4j.verify;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.weights.lora.AdaptedWeights;
import org.diffusion4j.weights.lora.LoraForm;
import org.diffusion4j.weights.lora.LoraSet;

/** A model without adapters. */
final class LoraBaseCase {
    private LoraBaseCase() {}

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        try (LoraModel model = LoraModel.read(reference)) {
            Map<String, AdaptedWeights> weights = new LinkedHashMap<>();
            model.components()
                    .forEach((name, component) ->
                            weights.put(name, LoraSet.NONE.adapted(name, component.tensors(), LoraForm.MERGED)));
            List<Comparison> result = new ArrayList<>();
            model.run(reference, weights, engines)
                    .forEach((name, found) ->
                            result.add(reference.tolerance().compare(name, found, reference.tensor(name))));
            return result;
        }
    }
}
