package org.diffusion4j.fuzz;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.weights.embedding.TextualInversion;
import org.diffusion4j.weights.lora.LoraFile;
import org.diffusion4j.weights.lora.LoraLayer;
import org.diffusion4j.weights.lora.LoraWriter;
import org.diffusion4j.weights.lora.ScaledLora;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Adapters and learned words. */
final class AdapterReaders {
    private static final Map<String, long[]> MODEL =
            Map.of("a.weight", new long[] {6, 4}, "a.bias", new long[] {6}, "b.weight", new long[] {4, 2, 3, 3});

    /** What the computed differences take besides reading. */
    private static final long WORK_BYTES = 1_000_000;

    private AdapterReaders() {}

    /** @param scratch a folder of their own */
    static List<FuzzedReader> all(Path scratch) {
        Path file = scratch.resolve("adapter.safetensors");
        List<byte[]> adapters = List.of(
                written(file, () -> LoraWriter.writePeft(file, layers())),
                written(file, () -> LoraWriter.writeKohya(file, layers())),
                arrays(
                        file,
                        Map.of(
                                "lora_unet_a.hada_w1_a",
                                "6,2",
                                "lora_unet_a.hada_w1_b",
                                "2,4",
                                "lora_unet_a.hada_w2_a",
                                "6,2",
                                "lora_unet_a.hada_w2_b",
                                "2,4",
                                "lora_unet_a.alpha",
                                "1")),
                arrays(
                        file,
                        Map.of(
                                "lora_unet_b.lokr_w1",
                                "2,2",
                                "lora_unet_b.lokr_w2_a",
                                "2,1",
                                "lora_unet_b.lokr_w2_b",
                                "1,9",
                                "lora_unet_b.alpha",
                                "1",
                                "lora_unet_a.diff",
                                "6,4",
                                "lora_unet_a.diff_b",
                                "6")));
        Path word = scratch.resolve("word.safetensors");
        List<byte[]> words =
                List.of(arrays(word, Map.of("<cat>", "2,4")), arrays(word, Map.of("clip_l", "2,4", "clip_g", "2,6")));
        return List.of(
                new FuzzedReader(
                        "lora", 60, adapters, new SafetensorsForm(), input -> readAdapter(file, input), WORK_BYTES),
                new FuzzedReader("textual-inversion", 20, words, new SafetensorsForm(), input -> {
                    Shown.write(word, input);
                    TextualInversion.read(word, null);
                }));
    }

    private static void readAdapter(Path file, byte[] input) {
        Shown.write(file, input);
        try (LoraFile lora = LoraFile.open(file)) {
            new ScaledLora(lora, 0.5).changes("unet", MODEL).forEach((name, delta) -> delta.product(MODEL.get(name))
                    .close());
        }
    }

    private static List<LoraLayer> layers() {
        return List.of(
                new LoraLayer("unet", "a", tensor(2, 4), tensor(6, 2), 1),
                new LoraLayer("unet", "b", tensor(3, 2, 3, 3), tensor(4, 3, 1, 1), 3));
    }

    private static WeightTensor tensor(long... shape) {
        return Tensor.of(Nd4j.valueArrayOf(shape, 0.02, DataType.FLOAT));
    }

    private static byte[] arrays(Path file, Map<String, String> shapes) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        shapes.forEach((name, sizes) -> {
            long[] shape = List.of(sizes.split(",")).stream()
                    .mapToLong(Long::parseLong)
                    .toArray();
            arrays.put(name, Nd4j.valueArrayOf(shape, 0.02, DataType.FLOAT));
        });
        return written(file, () -> SafetensorsWriter.writeArrays(file, arrays));
    }

    private static byte[] written(Path file, Runnable writer) {
        writer.run();
        return Shown.bytes(file);
    }
}
