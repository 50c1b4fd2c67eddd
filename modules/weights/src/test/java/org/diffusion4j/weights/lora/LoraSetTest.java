package org.diffusion4j.weights.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorType;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class LoraSetTest {
    @TempDir
    Path folder;

    private LoraFile file(Map<String, INDArray> tensors, Map<String, String> metadata) {
        Path path = folder.resolve("adapter.safetensors");
        Map<String, Tensor> written = new LinkedHashMap<>();
        tensors.forEach((name, array) -> written.put(name, Tensor.of(array)));
        SafetensorsWriter.write(path, written, metadata);
        return LoraFile.open(path);
    }

    private static WeightTensor weight(TensorType type, long... shape) {
        return Tensor.of(Nd4j.zeros(shape), type);
    }

    private static double factor(LoraFile file, String component, String layer) {
        Map<String, WeightDelta> changes =
                new ScaledLora(file, 1).changes(component, Map.of(layer + ".weight", new long[] {2, 3}));
        return changes.get(layer + ".weight").factor();
    }

    @Test
    void mergedWeightsKeepTheirTypesInAFile() {
        try (LoraFile lora = file(
                Map.of("unet.a.lora_A.weight", Nd4j.ones(1, 3), "unet.a.lora_B.weight", Nd4j.ones(2, 1)), Map.of())) {
            LoraSet set = new LoraSet(List.of(new ScaledLora(lora, 0.1)));
            Map<String, WeightTensor> base =
                    Map.of("a.weight", weight(TensorType.F16, 2, 3), "b.weight", weight(TensorType.BF16, 2, 3));
            Map<String, WeightTensor> merged = set.merged("unet", base);
            assertSame(base.get("b.weight"), merged.get("b.weight"));
            Path out = folder.resolve("out.safetensors");
            SafetensorsWriter.write(out, merged, Map.of());
            try (SafetensorsReader read = SafetensorsReader.open(out)) {
                assertEquals(TensorType.F16, read.tensor("a.weight").type());
                assertEquals(0.1f, read.read("a.weight").getFloat(1, 2), 1e-4f);
            }
        }
    }

    /** w[p, r, k] = Σ mid[i, j, k] · up[p, i] · down[j, r]. */
    @Test
    void aConvolutionBetweenTwoNarrowOnesIsTheirSum() {
        INDArray down = Nd4j.createFromArray(1f, 2, 3, 4, 5, 6).reshape(2, 3, 1, 1);
        INDArray up = Nd4j.createFromArray(1f, -1, 2, 0.5f).reshape(2, 2, 1, 1);
        INDArray mid = Nd4j.linspace(1, 12, 12).castTo(down.dataType()).reshape('c', 2, 2, 1, 3);
        try (LoraFile lora = file(
                Map.of(
                        "lora_unet_a.lora_down.weight", down,
                        "lora_unet_a.lora_mid.weight", mid,
                        "lora_unet_a.lora_up.weight", up),
                Map.of())) {
            WeightTensor sum = new LoraSet(List.of(new ScaledLora(lora, 1)))
                    .merged("unet", Map.of("a.weight", weight(TensorType.F32, 2, 3, 1, 3)))
                    .get("a.weight");
            INDArray found = sum.array();
            for (int p = 0; p < 2; p++) {
                for (int r = 0; r < 3; r++) {
                    for (int k = 0; k < 3; k++) {
                        double expected = 0;
                        for (int i = 0; i < 2; i++) {
                            for (int j = 0; j < 2; j++) {
                                expected += mid.getDouble(i, j, 0, k)
                                        * up.getDouble(p, i, 0, 0)
                                        * down.getDouble(j, r, 0, 0);
                            }
                        }
                        assertEquals(expected, found.getDouble(p, r, 0, k), 1e-5);
                    }
                }
            }
        }
    }

    @Test
    void peftsHeaderSaysTheScaleOfEachLayer() {
        Map<String, INDArray> tensors = Map.of(
                "unet.x.b.lora_A.mine.weight",
                Nd4j.ones(4, 3),
                "unet.x.b.lora_B.mine.weight",
                Nd4j.ones(2, 4),
                "unet.xb.lora_A.weight",
                Nd4j.ones(4, 3),
                "unet.xb.lora_B.weight",
                Nd4j.ones(2, 4));
        String options = "{\"unet.lora_alpha\": 8, \"unet.use_rslora\": true, \"unet.alpha_pattern\": {\"b\": 2}}";
        Map<String, long[]> shapes = Map.of("x.b.weight", new long[] {2, 3}, "xb.weight", new long[] {2, 3});
        try (LoraFile lora = file(tensors, Map.of("lora_adapter_metadata", options))) {
            Map<String, WeightDelta> changes = new ScaledLora(lora, 1).changes("unet", shapes);
            assertEquals(1, changes.get("x.b.weight").factor(), 1e-9); // 2 / √4
            assertEquals(4, changes.get("xb.weight").factor(), 1e-9); // 8 / √4
        }
    }

    @Test
    void alphasOfAnyTypeAreReadAndOldTextEncodersNamesFound() {
        try (LoraFile lora = file(
                Map.of(
                        "lora_te_a.lora_down.weight", Nd4j.ones(4, 3),
                        "lora_te_a.lora_up.weight", Nd4j.ones(2, 4),
                        "lora_te_a.alpha", Nd4j.createFromArray(2L)),
                Map.of())) {
            assertEquals(0.5, factor(lora, "text_encoder", "text_model.a"), 1e-9);
        }
    }

    @Test
    void whatNobodyKnowsIsRefusedByName() {
        for (String name : List.of("lora_unet_a.oft_blocks", "unet.a.lora_embedding_A", "conv.weight")) {
            String message = assertThrows(
                            Diffusion4jException.class, () -> file(Map.of(name, Nd4j.ones(2, 3)), Map.of()))
                    .getMessage();
            assertTrue(message.contains("'" + name + "'"), message);
        }
    }
}
