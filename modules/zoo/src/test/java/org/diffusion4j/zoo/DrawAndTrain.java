package org.diffusion4j.zoo;

import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Runs in a JVM of its own: all that an engine is for, on the one that is chosen by itself. */
final class DrawAndTrain {
    private static final UNetConfig CONFIG = UNetPreset.TINY.config();

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
        for (int seed = 0; seed < 2; seed++) {
            try (DiffusionPipeline pipeline = DiffusionPipeline.of(model(), engine)) {
                SampleRequest request =
                        SampleRequest.images(1).seed(seed).steps(3).build();
                sum += pipeline.sample(request).get(0).sample().norm2Number().doubleValue();
            }
        }
        return sum;
    }

    static double gradients(EngineKind engine) {
        SameDiff graph = UNetGraph.build(CONFIG);
        FlatParameters parameters = new FlatParameters(graph);
        try (GradientEngine gradients = engine.openGradients(graph, parameters, false, 1)) {
            INDArray sample = Nd4j.linspace(-1, 1, 192).castTo(DataType.FLOAT).reshape(1, 3, 8, 8);
            gradients.accumulate(sample, Nd4j.createFromArray(500f), Map.of(), output -> Nd4j.ones(output.shape()));
            return parameters.gradients().norm2Number().doubleValue();
        }
    }

    private static DiffusersModel model() {
        SameDiff graph = UNetGraph.build(CONFIG);
        Map<String, INDArray> weights = new LinkedHashMap<>();
        CONFIG.parameterShapes()
                .keySet()
                .forEach(name -> weights.put(name, graph.getVariable(name).getArr()));
        return DiffusersModel.of(CONFIG, new DdpmConfig(), weights);
    }
}
