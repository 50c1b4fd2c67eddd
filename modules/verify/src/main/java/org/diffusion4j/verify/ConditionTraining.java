package org.diffusion4j.verify;

import java.util.Map;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** A training run of a conditional U-Net with recorded embeddings of texts, some of which are dropped. */
abstract class ConditionTraining extends ReplayedTraining {
    private static final String TEXTS = "text_embeddings";
    private static final String STEP = "step";

    /** The name of the tolerance of trained parameters. */
    private final String tolerance;

    ConditionTraining(ReferenceCase reference, String tolerance) {
        super(reference, "latents", "noise_only_atol");
        this.tolerance = tolerance;
    }

    /** The network at the size of the latents and texts. */
    UNet2DConditionGraph network(UNet2DConditionConfig config) {
        INDArray clean = clean();
        return UNet2DConditionGraph.of(config)
                .size((int) clean.size(3), (int) clean.size(4))
                .contextLength((int) tensor(TEXTS).size(2));
    }

    /** The texts, with the empty text's embedding in place of those that are dropped. */
    @Override
    Map<String, INDArray> conditioning(int batch) {
        INDArray texts = at(TEXTS, batch);
        INDArray none = tensor("null_embedding");
        long[] dropped = at("text_drop_mask", batch).toLongVector();
        for (int image = 0; image < dropped.length; image++) {
            if (dropped[image] != 0) {
                texts.get(NDArrayIndex.point(image)).assign(none);
            }
        }
        return Map.of(UNet2DConditionGraph.CONTEXT, texts);
    }

    @Override
    void afterStep(int step, FlatParameters parameters) {
        String prefix = STEP + (step + 1) + ".";
        if (has(prefix) || step + 1 == settings().steps()) {
            parameters(prefix, parameters.values(), tolerance, parameters);
        }
    }
}
