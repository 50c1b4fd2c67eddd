package org.diffusion4j.verify;

import java.util.List;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A training run of all parameters of a conditional U-Net. */
final class ConditionTrainingCase extends ConditionTraining {
    private static final String EMA = "ema.";

    private ConditionTrainingCase(ReferenceCase reference) {
        super(reference, "params_atol");
    }

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        try (Component<UNet2DConditionConfig> component =
                ComponentFolder.read(reference.folder(), UNet2DConditionConfig.class)) {
            ConditionTrainingCase run = new ConditionTrainingCase(reference);
            SameDiff graph = run.network(component.config())
                    .sharedWeights(component.tensors())
                    .training(true)
                    .build();
            return run.replay(new FlatParameters(graph), parameters -> engines.openGradients(graph, parameters, false));
        }
    }

    @Override
    void afterAll(FlatParameters parameters, INDArray average) {
        tolerances().numberOrNull("ema_atol"); // every case has it
        if (average != null) {
            parameters(EMA, average, "ema_atol", parameters);
        }
    }
}
