package org.diffusion4j.zoo;

import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.FlatParameters;
import org.diffusion4j.engine.GradientEngine;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Runs in a JVM of its own: all that an engine is for, on the one that is chosen by itself. */
final class DrawAndTrain {
    private DrawAndTrain() {}

    /**
     * Prints a number that stands for two pictures, and one that stands for gradients.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        System.out.println("pictures " + pictures(EngineKind.AUTO));
        System.out.println("gradients " + gradients(EngineKind.AUTO));
    }

    /** Two pipelines, as a second one must not say again what the first one said. */
    static double pictures(EngineKind engine) {
        double sum = 0;
        for (int label : new int[] {3, 8}) {
            try (DiffusionPipeline pipeline = DiffusionPipeline.of(new DdpmMnist().model(), engine)) {
                SampleRequest request =
                        SampleRequest.images(1).labels(List.of(label)).steps(3).build();
                sum += pipeline.sample(request).get(0).sample().norm2Number().doubleValue();
            }
        }
        return sum;
    }

    static double gradients(EngineKind engine) {
        SameDiff graph = new DdpmMnist().unet();
        FlatParameters parameters = new FlatParameters(graph);
        try (GradientEngine gradients = engine.openGradients(graph, parameters, false, 1)) {
            INDArray sample =
                    Nd4j.linspace(-1, 1, 28 * 28).castTo(DataType.FLOAT).reshape(1, 1, 28, 28);
            gradients.accumulate(
                    sample,
                    Nd4j.createFromArray(500f),
                    Map.of("class_labels", Nd4j.createFromArray(4L)),
                    output -> Nd4j.ones(output.shape()));
            return parameters.gradients().norm2Number().doubleValue();
        }
    }
}
