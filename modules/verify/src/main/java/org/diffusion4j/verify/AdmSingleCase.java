package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.graph.adm.AdmClassifierConfig;
import org.diffusion4j.graph.adm.AdmClassifierGraph;
import org.diffusion4j.graph.adm.AdmUNetGraph;
import org.diffusion4j.weights.adm.AdmModel;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Files of a network of guided-diffusion: their tensors, bit by bit where they are in float32, and what the network computes. */
final class AdmSingleCase {
    /** What a weight in half precision may change of the output. */
    private static final double HALVED = 2e-2;

    private AdmSingleCase() {}

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        List<Comparison> result = new ArrayList<>();
        reference.setting("files").properties().forEach(file -> {
            boolean whole = file.getValue().path("dtype").asText().equals("F32");
            try (AdmModel model = AdmModel.open(reference.folder().resolve(file.getKey()), null)) {
                result.add(weights(file.getKey(), reference.setting("weights"), model, whole));
                result.add(output(file.getKey(), reference, model, whole, engines));
            }
        });
        return result;
    }

    private static Comparison weights(String file, JsonNode expected, AdmModel model, boolean whole) {
        Map<String, WeightTensor> tensors = model.component().tensors();
        if (expected.size() != tensors.size()) {
            return Comparison.failed(file, "expected " + expected.size() + " tensors, found " + tensors.size());
        }
        return Comparison.worst(
                file,
                expected.properties().stream()
                        .map(weight -> {
                            String name = weight.getKey();
                            WeightTensor tensor = tensors.get(name);
                            if (tensor == null) {
                                return Comparison.failed(name, "no such tensor");
                            }
                            TensorSum wanted = TensorSum.of(weight.getValue());
                            if (whole) {
                                return wanted.compare(name, TensorSum.of(tensor));
                            }
                            String shape = Arrays.toString(tensor.shape());
                            return wanted.shape().equals(shape)
                                    ? new Comparison(name, 0, true, "")
                                    : Comparison.failed(name, "found shape " + shape);
                        })
                        .toList());
    }

    private static Comparison output(
            String file, ReferenceCase reference, AdmModel model, boolean whole, Engines engines) {
        Map<String, INDArray> inputs = AdmCase.inputs(reference, "in.");
        String output = model.component().config() instanceof AdmClassifierConfig
                ? AdmClassifierGraph.LOGITS
                : AdmUNetGraph.OUTPUT;
        Tolerance tolerance =
                whole ? reference.tolerance() : reference.tolerance().withAtol(HALVED);
        try (GraphEngine network = engines.openGraph(
                AdmCase.graph(model.component().config(), model.component().tensors(), inputs), List.of(output))) {
            return tolerance.compare(file + " output", network.run(inputs).get(output), reference.tensor("output"));
        }
    }
}
