package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.diffusion.noise.TorchGenerator;

/** The normal draws of PyTorch's CPU generator, one after the other for each seed. */
final class NoiseCase {
    private NoiseCase() {}

    static List<Comparison> verify(ReferenceCase reference) {
        Tolerance tolerance = reference.tolerance();
        Map<Long, TorchGenerator> generators = new HashMap<>();
        List<Comparison> result = new ArrayList<>();
        for (JsonNode draw : reference.setting("draws")) {
            JsonNode dimensions = draw.get("shape");
            long[] shape = new long[dimensions.size()];
            for (int i = 0; i < shape.length; i++) {
                shape[i] = dimensions.get(i).asLong();
            }
            String tensor = draw.get("tensor").asText();
            TorchGenerator generator =
                    generators.computeIfAbsent(draw.get("seed").asLong(), TorchGenerator::new);
            result.add(tolerance.compare(tensor, generator.randn(shape), reference.tensor(tensor)));
        }
        return result;
    }
}
