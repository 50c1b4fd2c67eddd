package org.diffusion4j.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.lora.LoraFile;
import org.diffusion4j.weights.lora.LoraSet;
import org.diffusion4j.weights.lora.ScaledLora;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Weights merged with adapters of further forms, without running the networks. */
class AdapterMergesTest {
    private static final Path ADAPTERS = Path.of("src/test/resources/adapters");
    private static final Path BASE = ReferenceCasesTest.GOLDENS.resolve("lora-base-sd1");

    @TestFactory
    Stream<DynamicTest> mergedWeightsAreThoseOfTheOriginalLibraries() {
        return Stream.of("diffusers-lora-down", "old-processor", "lycoris-lokr", "lycoris-diff", "peft-mixed-ranks")
                .map(name -> DynamicTest.dynamicTest(name, () -> assertMerges(ADAPTERS.resolve("lora-" + name))));
    }

    private static void assertMerges(Path folder) {
        ReferenceCase reference = ReferenceCase.read(folder);
        CaseOptions options = reference.whole();
        List<Comparison> wrong = new ArrayList<>();
        int stored = 0;
        try (LoraModel model = LoraModel.read(ReferenceCase.read(BASE));
                LoraFile file = LoraFile.open(folder.resolve(options.text("file")))) {
            assertEquals(options.text("format"), file.format().label());
            assertEquals(options.integer("modules"), modules(file));
            for (String scale : List.of("1", "0.6")) {
                LoraSet set = new LoraSet(List.of(new ScaledLora(file, Double.parseDouble(scale))));
                for (String part : model.components().keySet()) {
                    var merged = set.merged(part, model.components().get(part).tensors());
                    for (String parameter : merged.keySet()) {
                        String name = "scale" + scale + "/" + part + "/" + parameter;
                        if (reference.has(name)) {
                            stored++;
                            merged.get(parameter)
                                    .read(found -> wrong.add(
                                            reference.tolerance().compare(name, found, reference.tensor(name))));
                        }
                    }
                }
            }
        }
        wrong.removeIf(Comparison::ok);
        assertEquals(List.of(), wrong);
        assertTrue(stored > 0);
    }

    /** The cases count a weight and a bias for themselves. */
    private static int modules(LoraFile file) {
        return file.modules().stream()
                .mapToInt(module -> (module.weight() == null ? 0 : 1) + (module.bias() == null ? 0 : 1))
                .sum();
    }

    @Test
    void magnitudesAreRefusedInOneLine() {
        Path file = ADAPTERS.resolve("lora-dora-peft/pytorch_lora_weights.safetensors");
        String message = assertThrows(Diffusion4jException.class, () -> LoraFile.open(file))
                .getMessage();
        assertTrue(message.contains("lora_magnitude_vector") && message.contains("DoRA"), message);
        assertEquals(1, message.lines().count());
    }
}
