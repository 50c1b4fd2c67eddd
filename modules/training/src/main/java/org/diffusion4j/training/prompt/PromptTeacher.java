package org.diffusion4j.training.prompt;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.training.distill.Teacher;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A teacher that draws what texts say: the U-Net as it was. */
final class PromptTeacher extends Teacher {
    private final PromptNetwork.Shape shape;
    private final Map<String, WeightSource> weights;
    private final Map<String, INDArray> none;
    private final LocalGradients.Computer computer;
    private final Map<SampleSize, NoisePredictor> engines = new HashMap<>();

    /**
     * @param shape of the U-Net, whose branches are left out
     * @param weights by {@code unet.NAME}, which stay open
     * @param prediction what the network predicts
     * @param guidance how strongly texts are exaggerated; 1 for not at all
     * @param none the inputs of no text, [1, ...], which this closes
     * @param computer what computes
     */
    PromptTeacher(
            PromptNetwork.Shape shape,
            Map<String, WeightSource> weights,
            Prediction prediction,
            double guidance,
            Map<String, INDArray> none,
            LocalGradients.Computer computer) {
        super(prediction, guidance);
        this.shape = shape;
        this.weights = weights;
        this.none = none;
        this.computer = computer;
    }

    @Override
    protected NoisePredictor engine(INDArray sample) {
        return engines.computeIfAbsent(
                new SampleSize((int) sample.size(2), (int) sample.size(3)), size -> computer.kind()
                        .open(
                                shape.teacher(size).sharedWeights(weights).build(),
                                computer.threads(),
                                computer.precision()));
    }

    @Override
    protected Map<String, INDArray> unconditional(Map<String, INDArray> conditioning) {
        Map<String, INDArray> rows = new LinkedHashMap<>();
        none.forEach((name, row) ->
                rows.put(name, row.repeat(0, conditioning.get(name).size(0))));
        return rows;
    }

    @Override
    public void close() {
        engines.values().forEach(NoisePredictor::close);
        none.values().forEach(INDArray::close);
    }
}
