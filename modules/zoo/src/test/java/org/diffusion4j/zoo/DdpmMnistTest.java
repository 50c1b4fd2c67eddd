package org.diffusion4j.zoo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.util.ModelSerializer;
import org.deeplearning4j.zoo.PretrainedType;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.SameDiffEngine;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

class DdpmMnistTest {
    private static final INDArray SAMPLE =
            Nd4j.rand(DataType.FLOAT, 3, 1, 28, 28).muli(2).subi(1);
    private static final float[] TIMESTEPS = {10, 500, 990};
    private static final long[] LABELS = {3, 10, 0};

    @TempDir
    Path folder;

    @Test
    void computationGraphPredictsWhatTheSameDiffGraphDoes() {
        DdpmMnist entry = new DdpmMnist();
        ComputationGraph graph = entry.initPretrained(PretrainedType.MNIST);
        long parameters = entry.config().parameterCount();
        assertEquals(parameters, graph.numParams());
        ComputationGraph copy = graph.clone();
        assertEquals(parameters, copy.numParams());
        assertEquals(graph.params(), copy.params());
        try (NoisePredictor network = new SameDiffEngine(entry.unet())) {
            INDArray expected = network.predict(
                    SAMPLE, Nd4j.createFromArray(TIMESTEPS), Map.of("class_labels", Nd4j.createFromArray(LABELS)));
            assertClose(expected, predict(graph, 3), 1e-4);
        }
    }

    private static INDArray predict(ComputationGraph graph, int images) {
        return graph.output(features(images))[0];
    }

    private static INDArray[] features(int images) {
        INDArray[] all = {
            SAMPLE,
            Nd4j.createFromArray(TIMESTEPS).reshape(3, 1),
            Nd4j.createFromArray(LABELS).castTo(DataType.FLOAT).reshape(3, 1)
        };
        for (int i = 0; i < all.length; i++) {
            all[i] = all[i].get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, images))
                    .dup();
        }
        return all;
    }

    private static void assertClose(INDArray expected, INDArray found, double tolerance) {
        assertArrayEquals(expected.shape(), found.shape());
        assertTrue(
                expected.sub(found).amaxNumber().doubleValue() <= tolerance,
                "off by " + expected.sub(found).amaxNumber());
    }

    @Tag("slow")
    @Test
    void fitLowersTheLossMovesEveryWeightAndTellsListeners() {
        ComputationGraph graph =
                DdpmMnist.builder().updater(new Adam(1e-3)).seed(5).build().init();
        List<Double> scores = new ArrayList<>();
        graph.setListeners(new BaseTrainingListener() {
            @Override
            public void iterationDone(Model model, int iteration, int epoch) {
                scores.add(model.score());
            }
        });
        INDArray before = graph.params().dup();
        Map<String, INDArray> old = new java.util.HashMap<>();
        graph.paramTable().forEach((name, array) -> old.put(name, array.dup()));
        MultiDataSet batch = new MultiDataSet(features(3), new INDArray[] {Nd4j.randn(DataType.FLOAT, 3, 1, 28, 28)});
        for (int step = 0; step < 8; step++) {
            graph.fit(batch);
        }
        assertEquals(8, scores.size());
        assertTrue(scores.get(7) < 0.9 * scores.get(0), scores.toString());
        assertFalse(before.equals(graph.params()));
        graph.paramTable().forEach((name, array) -> assertFalse(old.get(name).equals(array), name + " didn't move"));
    }

    @Test
    void comesBackEqualFromModelSerializerAtAnotherBatchSize() throws Exception {
        ComputationGraph graph = new DdpmMnist().initPretrained(PretrainedType.MNIST);
        File file = folder.resolve("graph.zip").toFile();
        ModelSerializer.writeModel(graph, file, true);
        ComputationGraph restored = ModelSerializer.restoreComputationGraph(file);
        assertEquals(graph.getConfiguration(), restored.getConfiguration());
        assertEquals(graph.params(), restored.params());
        assertClose(predict(graph, 3), predict(restored, 3), 1e-6);
        assertArrayEquals(new long[] {2, 1, 28, 28}, predict(restored, 2).shape());
    }

    @Test
    void inputShapeMayBeOtherMultiplesOfFour() {
        DdpmMnist entry = DdpmMnist.builder().inputShape(1, 32, 24).build();
        assertArrayEquals(
                new long[] {-1, 1, 32, 24}, entry.unet().getVariable("sample").getShape());
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> DdpmMnist.builder().inputShape(3, 32, 32).build())
                .getMessage();
        assertEquals("input shape: expected [1, H, W] with multiples of 4, found [3, 32, 32]", message);
    }

    @Test
    void otherPretrainedTypesAreRefused() {
        DdpmMnist entry = new DdpmMnist();
        assertTrue(entry.pretrainedAvailable(PretrainedType.MNIST));
        assertFalse(entry.pretrainedAvailable(PretrainedType.CIFAR10));
        assertThrows(UnsupportedOperationException.class, () -> entry.initPretrained(PretrainedType.CIFAR10));
    }
}
