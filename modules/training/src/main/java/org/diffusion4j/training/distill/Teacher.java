package org.diffusion4j.training.distill;

import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.UNetGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A network that is imitated, with its guidance. Only one thread at a time may use it. */
public abstract class Teacher implements AutoCloseable {
    private final Prediction prediction;
    private final double guidance;

    /**
     * Keeps what all teachers have.
     *
     * @param prediction what the network predicts
     * @param guidance how strongly classes or texts are exaggerated; 1 for not at all
     */
    protected Teacher(Prediction prediction, double guidance) {
        this.prediction = prediction;
        this.guidance = guidance;
    }

    /**
     * The network.
     *
     * @return an engine, which still belongs to the teacher
     */
    protected abstract NoisePredictor engine();

    /**
     * The inputs that guidance leads away from, such as the label of no class.
     *
     * @param conditioning the inputs of as many images
     * @return those of them that differ, by name, which the caller closes; empty if the network has no such inputs
     */
    protected abstract Map<String, INDArray> unconditional(Map<String, INDArray> conditioning);

    /**
     * What the network predicts.
     *
     * @return its prediction
     */
    final Prediction prediction() {
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
    public final INDArray predict(INDArray sample, long[] timesteps, Map<String, INDArray> conditioning) {
        Map<String, INDArray> inputs = new LinkedHashMap<>(conditioning);
        inputs.remove(UNetGraph.DROPOUT_SEED); // which only a network that learns takes
        Map<String, INDArray> none = guidance == 1 ? Map.of() : unconditional(inputs);
        try (INDArray times = Nd4j.createFromArray(timesteps)) {
            return none.isEmpty() ? engine().predict(sample, times, inputs) : guided(sample, times, inputs, none);
        } finally {
            none.values().forEach(INDArray::close);
        }
    }

    /** In one pass of twice as many images, the first half of which are unconditional. */
    private INDArray guided(INDArray sample, INDArray times, Map<String, INDArray> inputs, Map<String, INDArray> none) {
        Map<String, INDArray> both = new LinkedHashMap<>();
        inputs.forEach((name, array) -> both.put(name, Nd4j.concat(0, none.getOrDefault(name, array), array)));
        try (INDArray samples = Nd4j.concat(0, sample, sample);
                INDArray twice = Nd4j.concat(0, times, times);
                INDArray out = engine().predict(samples, twice, both)) {
            float[] values = out.data().asFloat();
            int half = values.length / 2;
            float[] guided = new float[half];
            for (int i = 0; i < half; i++) {
                guided[i] = (float) (values[i] + guidance * (values[half + i] - values[i]));
            }
            return Nd4j.create(guided, new long[] {sample.size(0), out.size(1), out.size(2), out.size(3)}, 'c');
        } finally {
            both.values().forEach(INDArray::close);
        }
    }

    @Override
    public abstract void close();
}
