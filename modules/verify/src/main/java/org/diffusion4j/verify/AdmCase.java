package org.diffusion4j.verify;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.adm.AdmClassifierConfig;
import org.diffusion4j.graph.adm.AdmClassifierGraph;
import org.diffusion4j.graph.adm.AdmUNetConfig;
import org.diffusion4j.graph.adm.AdmUNetGraph;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A network of guided-diffusion: its output, and the embedding of timestep and class. */
final class AdmCase {
    private static final String LOW_RES = "low_res";

    private AdmCase() {}

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        try (Component<?> component = ComponentFolder.read(reference.folder())) {
            Map<String, INDArray> inputs = inputs(reference, "");
            SameDiff graph = graph(component.config(), component.tensors(), inputs);
            String output =
                    component.config() instanceof AdmClassifierConfig ? AdmClassifierGraph.LOGITS : AdmUNetGraph.OUTPUT;
            Tolerance tolerance = reference.tolerance();
            try (GraphEngine network = engines.openGraph(graph, List.of(output, AdmUNetGraph.EMBEDDING))) {
                Map<String, INDArray> found = network.run(inputs);
                return List.of(
                        tolerance.compare("emb", found.get(AdmUNetGraph.EMBEDDING), reference.tensor("emb")),
                        tolerance.compare("output", found.get(output), reference.tensor("output")));
            }
        }
    }

    /** A network's inputs, which a case calls x, timesteps, y and low_res, under the graph's names. */
    static Map<String, INDArray> inputs(ReferenceCase reference, String prefix) {
        Map<String, INDArray> inputs = new LinkedHashMap<>();
        inputs.put(AdmUNetGraph.SAMPLE, reference.tensor(prefix + "x"));
        inputs.put(AdmUNetGraph.TIMESTEP, reference.tensor(prefix + "timesteps"));
        if (reference.has(prefix + "y")) {
            inputs.put(AdmUNetGraph.CLASS_LABELS, reference.tensor(prefix + "y"));
        }
        if (reference.has(prefix + LOW_RES)) {
            inputs.put(AdmUNetGraph.LOW_RES, reference.tensor(prefix + LOW_RES));
        }
        return inputs;
    }

    /** The graph of a network for inputs of these sizes. */
    static SameDiff graph(NetworkConfig config, Map<String, WeightTensor> weights, Map<String, INDArray> inputs) {
        INDArray sample = inputs.get(AdmUNetGraph.SAMPLE);
        int height = (int) sample.size(2);
        int width = (int) sample.size(3);
        if (config instanceof AdmUNetConfig unet) {
            AdmUNetGraph graph = AdmUNetGraph.of(unet).size(height, width).sharedWeights(weights);
            INDArray small = inputs.get(AdmUNetGraph.LOW_RES);
            return (small == null ? graph : graph.lowResSize((int) small.size(2), (int) small.size(3))).build();
        }
        if (config instanceof AdmClassifierConfig classifier) {
            return AdmClassifierGraph.of(classifier)
                    .size(height, width)
                    .sharedWeights(weights)
                    .build();
        }
        throw new Diffusion4jException("config.json, _class_name: expected a network of guided-diffusion, found "
                + config.getClass().getSimpleName());
    }
}
