package org.diffusion4j.verify;

import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.pipeline.part.TextEncoder;
import org.diffusion4j.pipeline.part.TextEncoding;
import org.diffusion4j.pipeline.part.TextState;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** A CLIP text encoder: its hidden states before and after the final norm, and the vector of each text. */
final class ClipTextCase {
    private static final String MASK = "attention_mask";

    private ClipTextCase() {}

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        try (Component<ClipTextConfig> component = ComponentFolder.read(reference.folder(), ClipTextConfig.class)) {
            return verify(reference, component, engines);
        }
    }

    private static List<Comparison> verify(
            ReferenceCase reference, Component<ClipTextConfig> component, Engines engines) {
        ClipTextConfig config = component.config();
        TextEncoder encoder = new TextEncoder(config, component.tensors(), engines::openGraph);
        INDArray ids = reference.tensor("input_ids");
        INDArray mask = reference.has(MASK) ? reference.tensor(MASK) : null;
        Tolerance tolerance = reference.tolerance();
        List<Comparison> result = new ArrayList<>();
        List<INDArray> states = encoder.hiddenStates(ids, mask);
        for (int k = 0; k < states.size(); k++) {
            String name = "hidden_states." + k;
            result.add(tolerance.compare(name, states.get(k), reference.tensor(name)));
        }
        TextEncoding last = encoder.encode(ids, mask, TextState.stableDiffusion(0));
        result.add(tolerance.compare("last_hidden_state", last.hidden(), reference.tensor("last_hidden_state")));
        INDArray positions = poolPositions(config, ids);
        result.add(Tolerance.absolute(0).compare("pool_position", positions, reference.tensor("pool_position")));
        result.add(
                tolerance.compare("pooler_output", rows(last.hidden(), positions), reference.tensor("pooler_output")));
        if (config.textProjection()) {
            result.add(tolerance.compare("text_embeds", last.pooled(), reference.tensor("text_embeds")));
        }
        String penultimate = "penultimate_final_layer_norm";
        result.add(tolerance.compare(
                penultimate,
                encoder.encode(ids, mask, TextState.stableDiffusion(1)).hidden(),
                reference.tensor(penultimate)));
        return result;
    }

    private static INDArray poolPositions(ClipTextConfig config, INDArray ids) {
        long[] positions = new long[(int) ids.size(0)];
        for (int text = 0; text < positions.length; text++) {
            positions[text] = config.poolPosition(ids.getRow(text).dup('c').toLongVector());
        }
        return Nd4j.createFromArray(positions);
    }

    private static INDArray rows(INDArray states, INDArray positions) {
        INDArray[] rows = new INDArray[(int) positions.length()];
        for (int text = 0; text < rows.length; text++) {
            rows[text] = states.get(
                    NDArrayIndex.point(text), NDArrayIndex.point(positions.getLong(text)), NDArrayIndex.all());
        }
        return Nd4j.stack(0, rows);
    }
}
