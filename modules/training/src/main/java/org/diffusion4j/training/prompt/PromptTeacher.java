package org.diffusion4j.training.prompt;

import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.training.distill.Teacher;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A teacher that draws what texts say: the U-Net as it was. */
final class PromptTeacher extends Teacher {
    private final NoisePredictor engine;
    private final Map<String, INDArray> none;

    /**
     * @param unet the U-Net's graph, whose weights stay open
     * @param prediction what the network predicts
     * @param guidance how strongly texts are exaggerated; 1 for not at all
     * @param none the inputs of no text, [1, ...], which this closes
     * @param computer what computes
     */
    PromptTeacher(
            SameDiff unet,
            Prediction prediction,
            double guidance,
            Map<String, INDArray> none,
            LocalGradients.Computer computer) {
        super(prediction, guidance);
        engine = computer.kind().open(unet, computer.threads(), computer.precision());
        this.none = none;
    }

    @Override
    protected NoisePredictor engine() {
        return engine;
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
        engine.close();
        none.values().forEach(INDArray::close);
    }
}
