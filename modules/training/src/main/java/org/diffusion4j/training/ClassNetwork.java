package org.diffusion4j.training;

import org.diffusion4j.data.BatchNumbers;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * A network that draws pictures of classes, or any pictures.
 *
 * @param model its options and weights, with a scheduler of the plan's prediction
 * @param pictures what it learns
 * @param plan how
 * @param loss of the model's scheduler
 */
record ClassNetwork(DiffusersModel model, PictureSource pictures, TrainingPlan plan, DiffusionLoss loss)
        implements TrainedNetwork {
    static ClassNetwork of(DiffusersModel model, PictureSource pictures, TrainingPlan plan) {
        DiffusersModel predicting = plan.predicting(model);
        return new ClassNetwork(predicting, pictures, plan, DiffusionLoss.of(predicting.scheduler(), plan.weighting()));
    }

    @Override
    public SameDiff graph(SampleSize size) {
        return UNetGraph.of(model.config())
                .size(size.height(), size.width())
                .sharedWeights(model.tensors())
                .training(true)
                .build();
    }

    @Override
    public SampleSize size() {
        return model.config().sampleSize();
    }

    @Override
    public boolean trains(String parameter) {
        return plan.trains(parameter);
    }

    @Override
    public NoisyBatches batches(BatchNumbers numbers) {
        return NoisyBatches.of(model, pictures, plan, loss, numbers);
    }
}
