package org.diffusion4j.zoo;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.SameDiffEngine;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.diffusers.ExportFormat;
import org.diffusion4j.weights.onnx.OnnxRuntimeEngine;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class ZooExportTest {
    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> onnxRuntimeAgreesOnEveryModel() {
        return Zoo.models().stream().map(entry -> DynamicTest.dynamicTest(entry.modelName(), () -> agree(entry)));
    }

    private void agree(PackedZooModel entry) {
        Path file = folder.resolve(entry.modelName() + ".onnx");
        ExportFormat.ONNX.write(file, entry.model());
        UNetConfig config = entry.config();
        try (NoisePredictor reference = new SameDiffEngine(entry.unet());
                NoisePredictor exported = new OnnxRuntimeEngine(file)) {
            for (int batch : new int[] {1, 3}) {
                INDArray sample = Nd4j.randn(
                        DataType.FLOAT,
                        batch,
                        config.inChannels(),
                        config.sampleSize().height(),
                        config.sampleSize().width());
                INDArray timestep = Nd4j.createFromArray(999f, 20f, 0f).get(NDArrayIndex.interval(0, batch));
                Map<String, INDArray> labels = config.wantsClassLabels()
                        ? Map.of(
                                UNetGraph.CLASS_LABELS,
                                Nd4j.createFromArray(LongStream.range(0, batch).toArray()))
                        : Map.of();
                INDArray expected = reference.predict(sample, timestep, labels);
                double difference = expected.sub(exported.predict(sample, timestep, labels))
                        .amaxNumber()
                        .doubleValue();
                assertTrue(difference <= 1e-4 * expected.amaxNumber().doubleValue(), "differs by " + difference);
            }
        }
    }
}
