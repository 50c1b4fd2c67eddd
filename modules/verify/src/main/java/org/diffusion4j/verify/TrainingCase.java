package org.diffusion4j.verify;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A training run of pictures, with labels or without. */
final class TrainingCase extends ReplayedTraining {
    private static final String AFTER_WARMUP = "after_warmup.";
    private static final String FINAL = "final.";
    private static final String EMA = "ema.";

    private TrainingCase(ReferenceCase reference) {
        super(reference, "x0", "to_k_bias_atol");
    }

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        try (DiffusersModel model = DiffusersFolder.read(reference.folder())) {
            return new TrainingCase(reference).verify(model, engines);
        }
    }

    private List<Comparison> verify(DiffusersModel model, Engines engines) {
        INDArray clean = clean();
        if (model.config().dropout() > 0) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "%s, 'dropout': expected 0, as its draws are not recorded, found %s",
                    reference().folder().resolve("config.json"),
                    model.config().dropout()));
        }
        UNetGraph network = UNetGraph.of(model.config())
                .size((int) clean.size(3), (int) clean.size(4))
                .sharedWeights(model.tensors())
                .training(true);
        if (reference().has(UNetGraph.CONTEXT)) {
            network.contextLength((int) tensor(UNetGraph.CONTEXT).size(2));
        }
        SameDiff graph = network.build();
        return replay(new FlatParameters(graph), parameters -> engines.openGradients(graph, parameters, false));
    }

    @Override
    Map<String, INDArray> conditioning(int batch) {
        Map<String, INDArray> conditioning = new HashMap<>();
        if (reference().has("labels")) {
            conditioning.put(UNetGraph.CLASS_LABELS, at("labels", batch));
        }
        if (reference().has(UNetGraph.CONTEXT)) {
            conditioning.put(UNetGraph.CONTEXT, at(UNetGraph.CONTEXT, batch));
        }
        return conditioning;
    }

    @Override
    void afterStep(int step, FlatParameters parameters) {
        if (step == settings().warmupSteps() && (step > 0 || has(AFTER_WARMUP))) { // the first step with the full rate
            parameters(AFTER_WARMUP, parameters.values(), "params_atol", parameters);
        }
    }

    @Override
    void afterAll(FlatParameters parameters, INDArray average) {
        parameters(FINAL, parameters.values(), "params_atol", parameters);
        if (average != null) {
            parameters(EMA, average, "ema_atol", parameters);
        }
    }
}
