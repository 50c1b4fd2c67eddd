package org.diffusion4j.training.distill;

import java.util.Map;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A teacher that draws pictures of classes, or any pictures. */
final class ClassTeacher extends Teacher {
    private final NoisePredictor engine;
    private final Integer nullClass;

    /**
     * Opens a teacher.
     *
     * @param model its options
     * @param weights by name, which stay open
     * @param prediction what the network of these weights predicts
     * @param guidance how strongly classes are exaggerated; 1 for not at all
     * @param computer what computes
     */
    ClassTeacher(
            DiffusersModel model,
            Map<String, ? extends WeightSource> weights,
            Prediction prediction,
            double guidance,
            LocalGradients.Computer computer) {
        super(prediction, guidance);
        engine = computer.kind()
                .open(
                        UNetGraph.of(model.config()).sharedWeights(weights).build(),
                        computer.threads(),
                        computer.precision());
        nullClass = model.settings().nullClass();
    }

    @Override
    protected NoisePredictor engine() {
        return engine;
    }

    @Override
    protected Map<String, INDArray> unconditional(Map<String, INDArray> conditioning) {
        INDArray labels = conditioning.get(UNetGraph.CLASS_LABELS);
        return labels == null
                ? Map.of()
                : Map.of(
                        UNetGraph.CLASS_LABELS, Nd4j.valueArrayOf(labels.shape(), (long) nullClass, labels.dataType()));
    }

    @Override
    public void close() {
        engine.close();
    }
}
