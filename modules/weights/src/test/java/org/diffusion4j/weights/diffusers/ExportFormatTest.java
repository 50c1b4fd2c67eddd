package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.SameDiffEngine;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ExportFormatTest {
    @TempDir
    Path folder;

    private final DiffusersModel model = TinyModel.model();

    @Test
    void aFolderReadAndWrittenAgainHasTheSameBytes() throws IOException {
        Path first = folder.resolve("first");
        Path second = folder.resolve("second");
        ExportFormat.DIFFUSERS.write(first, model);
        ExportFormat.DIFFUSERS.write(second, DiffusersFolder.read(first));
        int files = 0;
        try (Stream<Path> tree = Files.walk(first)) {
            for (Path file : tree.filter(Files::isRegularFile).toList()) {
                assertArrayEquals(
                        Files.readAllBytes(file),
                        Files.readAllBytes(second.resolve(first.relativize(file))),
                        file.toString());
                files++;
            }
        }
        assertEquals(5, files);
    }

    @Test
    void aSafetensorsFileReadAndWrittenAgainHasTheSameBytes() throws IOException {
        Path first = folder.resolve("first.safetensors");
        ExportFormat.SAFETENSORS.write(first, model);
        Map<String, INDArray> weights = new HashMap<>();
        try (SafetensorsReader reader = SafetensorsReader.open(first)) {
            reader.names().forEach(name -> weights.put(name, reader.read(name)));
        }
        assertEquals(model.weights(), weights);
        Path second = folder.resolve("second.safetensors");
        ExportFormat.SAFETENSORS.write(second, model.withWeights(weights));
        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
    }

    @Test
    void aSameDiffFileReadAndWrittenAgainPredictsTheSame() throws IOException {
        Path first = folder.resolve("first.fb");
        Path second = folder.resolve("second.fb");
        ExportFormat.SAMEDIFF.write(first, model);
        SameDiff loaded = SameDiff.load(first.toFile(), false);
        loaded.save(second.toFile(), false);
        INDArray expected =
                predict(UNetGraph.of(model.config()).weights(model.weights()).build());
        assertEquals(expected, predict(loaded));
        assertEquals(expected, predict(SameDiff.load(second.toFile(), false)));
    }

    private static INDArray predict(SameDiff graph) {
        try (SameDiffEngine engine = new SameDiffEngine(graph)) {
            return engine.predict(
                    Nd4j.linspace(-1, 1, 2 * 64).castTo(DataType.FLOAT).reshape(2, 1, 8, 8),
                    Nd4j.createFromArray(1f, 999f),
                    Map.of(UNetGraph.CLASS_LABELS, Nd4j.createFromArray(3L, 10L)));
        }
    }

    @Test
    void aNetworkTooLargeForSameDiffIsRefused() {
        INDArray array = Nd4j.zeros(DataType.FLOAT, 1 << 20);
        Map<String, INDArray> many = new HashMap<>();
        for (int i = 0; i < 256; i++) {
            many.put("w" + i, array);
        }
        assertRefused("expected a network below 1 GB", ExportFormat.SAMEDIFF, model.withWeights(many));
    }

    @Test
    void aNetworkNeedsASizeThatItCanHave() {
        UNetConfig without = model.config().toBuilder().sampleSize(null).build();
        assertRefused("'sample_size': expected a size", ExportFormat.SAMEDIFF, model.withConfig(without));
        assertRefused("'sample_size': expected a size", ExportFormat.ONNX, model.withConfig(without));
    }

    private void assertRefused(String expected, ExportFormat format, DiffusersModel refused) {
        Path file = folder.resolve("refused" + format.suffix());
        String message = assertThrows(Diffusion4jException.class, () -> format.write(file, refused))
                .getMessage();
        assertTrue(message.contains(expected), message);
        assertTrue(Files.notExists(file));
    }
}
