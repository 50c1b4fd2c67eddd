package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.diffusion.noise.TorchGenerator;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Normally distributed numbers of PyTorch's CPU generator, drawn one after the other for each seed. */
final class NoiseCase {
    private NoiseCase() {}

    static List<Comparison> verify(ReferenceCase reference) {
        Tolerance tolerance = reference.tolerance();
        Map<Long, TorchGenerator> generators = new HashMap<>();
        Set<String> drawn = new HashSet<>();
        List<Comparison> result = new ArrayList<>();
        for (JsonNode draw : reference.setting("draws")) {
            CaseOptions options = new CaseOptions(reference, "draws", draw);
            String name = options.text("tensor");
            INDArray tensor = reference.tensor(name);
            long[] shape = options.integers("shape").stream()
                    .mapToLong(Integer::longValue)
                    .toArray();
            // This is checked before drawing, so that a number in the case can't ask for more than the reference has.
            if (!Arrays.equals(shape, tensor.shape()) || !drawn.add(name)) {
                throw options.expected(
                        "shape", "one draw for a tensor, of its shape " + Arrays.toString(tensor.shape()), draw);
            }
            TorchGenerator generator = generators.computeIfAbsent(options.wholeNumber("seed"), TorchGenerator::new);
            result.add(tolerance.compare(name, generator.randn(shape), tensor));
        }
        return result;
    }
}
