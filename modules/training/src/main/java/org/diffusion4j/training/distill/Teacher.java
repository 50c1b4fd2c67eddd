package org.diffusion4j.training.distill;

import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A network that is imitated, with its guidance. */
final class Teacher implements AutoCloseable {
    private final NoisePredictor engine;
    private final Prediction prediction;
    private final double guidance;
    private final Integer nullClass;

    /**
     * Opens a teacher.
     *
     * @param model its options, and what it predicts
     * @param weights by name, which stay open
     * @param prediction what the network of these weights predicts
     * @param guidance how strongly classes are exaggerated; 1 for not at all
     * @param computer what computes
     */
    Teacher(
            DiffusersModel model,
            Map<String, ? extends WeightSource> weights,
            Prediction prediction,
            double guidance,
            LocalGradients.Computer computer) {
        engine = computer.kind()
                .open(
                        UNetGraph.of(model.config()).sharedWeights(weights).build(),
                        computer.threads(),
                        computer.precision());
        this.prediction = prediction;
        this.guidance = guidance;
        nullClass = model.settings().nullClass();
    }

    /** What it predicts. */
    Prediction prediction() {
        return prediction;
    }

    /**
     * Predicts, with guidance: none + guidance · (class - none), Ho and Salimans 2022 (arXiv:2207.12598).
     *
     * @param sample [N, C, H, W]
     * @param timesteps one for each image
     * @param conditioning the network's further inputs
     * @return [N, C, H, W], which the caller closes
     */
    INDArray predict(INDArray sample, long[] timesteps, Map<String, INDArray> conditioning) {
        try (INDArray times = Nd4j.createFromArray(timesteps)) {
            INDArray labels = conditioning.get(UNetGraph.CLASS_LABELS);
            if (guidance == 1 || labels == null) {
                return engine.predict(sample, times, inputs(conditioning, labels));
            }
            try (INDArray both = Nd4j.concat(0, sample, sample);
                    INDArray twice = Nd4j.concat(0, times, times);
                    INDArray none = Nd4j.valueArrayOf(labels.shape(), (long) nullClass, labels.dataType());
                    INDArray all = Nd4j.concat(0, none, labels);
                    INDArray out = engine.predict(both, twice, inputs(conditioning, all))) {
                long images = sample.size(0);
                float[] values = out.data().asFloat();
                int half = values.length / 2;
                float[] guided = new float[half];
                for (int i = 0; i < half; i++) {
                    guided[i] = (float) (values[i] + guidance * (values[half + i] - values[i]));
                }
                return Nd4j.create(guided, new long[] {images, out.size(1), out.size(2), out.size(3)}, 'c');
            }
        }
    }

    /** Without dropout's seeds, which only a network that learns takes. */
    private static Map<String, INDArray> inputs(Map<String, INDArray> conditioning, INDArray labels) {
        Map<String, INDArray> inputs = new LinkedHashMap<>(conditioning);
        inputs.remove(UNetGraph.DROPOUT_SEED);
        if (labels != null) {
            inputs.put(UNetGraph.CLASS_LABELS, labels);
        }
        return inputs;
    }

    @Override
    public void close() {
        engine.close();
    }
}
