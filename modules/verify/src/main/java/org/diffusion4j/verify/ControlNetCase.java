package org.diffusion4j.verify;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.controlnet.ControlNetConfig;
import org.diffusion4j.graph.controlnet.ControlNetGraph;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A ControlNet: what a U-Net is to add, times the conditioning scale. */
final class ControlNetCase {
    private ControlNetCase() {}

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        try (Component<ControlNetConfig> component = ComponentFolder.read(reference.folder(), ControlNetConfig.class)) {
            return verify(reference, component, engines);
        }
    }

    private static List<Comparison> verify(
            ReferenceCase reference, Component<ControlNetConfig> component, Engines engines) {
        ControlNetConfig config = component.config();
        Map<String, INDArray> inputs = new HashMap<>();
        config.inputs().forEach(input -> inputs.put(input.name(), reference.tensor(input.name())));
        INDArray sample = reference.tensor("sample");
        SameDiff graph = ControlNetGraph.of(config)
                .size((int) sample.size(2), (int) sample.size(3))
                .contextLength((int) reference.tensor("encoder_hidden_states").size(1))
                .sharedWeights(component.tensors())
                .build();
        List<String> names = config.outputs().stream().map(NetworkTensor::name).toList();
        double scale = reference.whole().number("conditioning_scale");
        Tolerance tolerance = reference.tolerance();
        try (GraphEngine network = engines.openGraph(graph, names)) {
            Map<String, INDArray> found = network.run(inputs);
            return names.stream()
                    .map(name -> tolerance.compare(name, found.get(name).mul(scale), reference.tensor(name)))
                    .toList();
        }
    }
}
