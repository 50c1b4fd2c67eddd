package org.diffusion4j.zoo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.Raster;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.zoo.PretrainedType;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.SameDiffEngine;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DdpmCifar10SmallTest {
    @Test
    void computationGraphPredictsWhatTheSameDiffGraphDoes() {
        DdpmCifar10Small entry = new DdpmCifar10Small();
        assertEquals(Prediction.V_PREDICTION, entry.model().scheduler().predictionType());
        ComputationGraph graph = entry.initPretrained(PretrainedType.CIFAR10);
        INDArray sample = Nd4j.rand(DataType.FLOAT, 2, 3, 32, 32).muli(2).subi(1);
        INDArray timestep = Nd4j.createFromArray(10f, 900f);
        INDArray labels = Nd4j.createFromArray(3L, 10L);
        try (NoisePredictor network = new SameDiffEngine(entry.unet())) {
            INDArray expected = network.predict(sample, timestep, Map.of("class_labels", labels));
            INDArray found = graph.output(
                            sample,
                            timestep.reshape(2, 1),
                            labels.castTo(DataType.FLOAT).reshape(2, 1))[0];
            assertArrayEquals(expected.shape(), found.shape());
            assertTrue(expected.sub(found).amaxNumber().doubleValue() <= 1e-4);
        }
    }

    /** Of the real pictures airplanes have more blue than red (by 16 of 255), frogs less (by 32). */
    @Tag("slow")
    @Test
    void drawsInColourWhatIsAskedFor() {
        int planes = 8;
        try (DiffusionPipeline pipeline = new DdpmCifar10Small().pipeline()) {
            assertTrue(blueness(pipeline, "airplane", planes) > 5);
            assertTrue(blueness(pipeline, "frog", planes) < -5);
        }
    }

    /** How much more blue there is than red, of 255, in the mean. */
    private static double blueness(DiffusionPipeline pipeline, String name, int images) {
        int label = new DdpmCifar10Small().model().settings().classNames().indexOf(name);
        return pipeline
                .sample(SampleRequest.images(images)
                        .spread(List.of(label))
                        .steps(10)
                        .build())
                .stream()
                .mapToDouble(image -> {
                    Raster raster = image.picture().getRaster();
                    double difference = 0;
                    for (int y = 0; y < 32; y++) {
                        for (int x = 0; x < 32; x++) {
                            difference += raster.getSample(x, y, 2) - raster.getSample(x, y, 0);
                        }
                    }
                    return difference / (32 * 32);
                })
                .average()
                .orElseThrow();
    }
}
