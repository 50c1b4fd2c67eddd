package org.diffusion4j.verify;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.engine.GraphGradients;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A whole conditional U-Net: its output, what its modules give, and its gradients if the case has them. */
final class UNet2DConditionCase {
    private static final String MODULE = "inter.";
    private static final String GRADIENT = "grad.";
    private static final String INPUT_GRADIENT = "grad_input.";
    private static final String OUTPUT_GRADIENT = "grad_output";
    /** What is an embedding that is added, in the case's names. */
    private static final String ADDED = "added.";

    private static final String DOWN_RESIDUAL = "down_residual.";
    private static final String MIDDLE_RESIDUAL = "mid_residual";

    private final ReferenceCase reference;
    private final Component<UNet2DConditionConfig> component;
    private final Map<String, INDArray> inputs;

    private UNet2DConditionCase(ReferenceCase reference, Component<UNet2DConditionConfig> component) {
        this.reference = reference;
        this.component = component;
        this.inputs = inputs(reference);
    }

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        try (Component<UNet2DConditionConfig> component =
                ComponentFolder.read(reference.folder(), UNet2DConditionConfig.class)) {
            return new UNet2DConditionCase(reference, component).verify(engines);
        }
    }

    /** The network's inputs under the graph's names. */
    private static Map<String, INDArray> inputs(ReferenceCase reference) {
        Map<String, INDArray> inputs = new LinkedHashMap<>();
        for (String name : List.of(
                UNet2DConditionGraph.SAMPLE,
                UNet2DConditionGraph.TIMESTEP,
                UNet2DConditionGraph.CONTEXT,
                UNet2DConditionGraph.CONTEXT_MASK,
                UNet2DConditionGraph.CLASS_LABELS,
                UNet2DConditionGraph.TIMESTEP_CONDITION)) {
            put(inputs, name, reference, name);
        }
        for (String name : List.of(
                UNet2DConditionGraph.TEXT,
                UNet2DConditionGraph.NUMBERS,
                UNet2DConditionGraph.IMAGE,
                UNet2DConditionGraph.HINT)) {
            put(inputs, name, reference, ADDED + name);
        }
        for (int number = 0; reference.has(DOWN_RESIDUAL + number); number++) {
            put(inputs, UNet2DConditionGraph.downResidual(number), reference, DOWN_RESIDUAL + number);
        }
        put(inputs, UNet2DConditionGraph.MIDDLE_RESIDUAL, reference, MIDDLE_RESIDUAL);
        return inputs;
    }

    private static void put(Map<String, INDArray> inputs, String name, ReferenceCase reference, String tensor) {
        if (reference.has(tensor)) {
            inputs.put(name, reference.tensor(tensor));
        }
    }

    private List<Comparison> verify(Engines engines) {
        Tolerance tolerance = reference.tolerance();
        List<Comparison> result = new ArrayList<>();
        try (GraphEngine network = engines.openGraph(graph(), List.of(UNet2DConditionGraph.OUTPUT))) {
            INDArray output = network.run(inputs).get(UNet2DConditionGraph.OUTPUT);
            result.add(tolerance.compare("output", output, reference.tensor("output")));
        }
        List<String> modules = reference.tensors().keySet().stream()
                .filter(name -> name.startsWith(MODULE))
                .map(name -> name.substring(MODULE.length()))
                .toList();
        if (!modules.isEmpty()) {
            result.add(modules(engines, modules, tolerance));
        }
        if (reference.has(OUTPUT_GRADIENT) && engines.haveGradients()) {
            result.addAll(gradients(engines));
        }
        return result;
    }

    private Comparison modules(Engines engines, List<String> modules, Tolerance tolerance) {
        SameDiff graph = graph();
        List<String> missing =
                modules.stream().filter(name -> !graph.hasVariable(name)).toList();
        if (!missing.isEmpty()) {
            return Comparison.failed(MODULE + "*", "no module " + missing.get(0));
        }
        try (GraphEngine network = engines.openGraph(graph, modules)) {
            Map<String, INDArray> found = network.run(inputs);
            return Comparison.worst(
                    MODULE + "*",
                    modules.stream()
                            .map(name ->
                                    tolerance.compare(MODULE + name, found.get(name), reference.tensor(MODULE + name)))
                            .toList());
        }
    }

    private SameDiff graph() {
        INDArray sample = inputs.get(UNet2DConditionGraph.SAMPLE);
        UNet2DConditionGraph graph = UNet2DConditionGraph.of(component.config())
                .size((int) sample.size(2), (int) sample.size(3))
                .contextMask(inputs.containsKey(UNet2DConditionGraph.CONTEXT_MASK))
                .residuals(inputs.containsKey(UNet2DConditionGraph.MIDDLE_RESIDUAL))
                .sharedWeights(component.tensors());
        if (inputs.containsKey(UNet2DConditionGraph.CONTEXT)) {
            graph.contextLength((int) inputs.get(UNet2DConditionGraph.CONTEXT).size(1));
        }
        if (inputs.containsKey(UNet2DConditionGraph.NUMBERS)) {
            graph.numbers((int) inputs.get(UNet2DConditionGraph.NUMBERS).size(1));
        }
        return graph.build();
    }

    private List<Comparison> gradients(Engines engines) {
        SameDiff graph = graph();
        FlatParameters parameters = new FlatParameters(graph);
        List<String> differentiated = inputs.keySet().stream()
                .filter(name -> reference.has(INPUT_GRADIENT + name))
                .toList();
        try (GraphGradients network =
                engines.openGraphGradients(graph, List.of(UNet2DConditionGraph.OUTPUT), parameters, differentiated)) {
            network.run(inputs);
            Map<String, INDArray> ofInputs =
                    network.backward(Map.of(UNet2DConditionGraph.OUTPUT, reference.tensor(OUTPUT_GRADIENT)));
            return List.of(
                    Comparison.worst(
                            INPUT_GRADIENT + "*",
                            differentiated.stream()
                                    .map(name -> compare(INPUT_GRADIENT + name, ofInputs.get(name)))
                                    .toList()),
                    Comparison.worst(
                            GRADIENT + "*",
                            reference.tensors().keySet().stream()
                                    .filter(name -> name.startsWith(GRADIENT))
                                    .map(name -> compare(name, parameters))
                                    .toList()));
        }
    }

    private Comparison compare(String tensor, FlatParameters parameters) {
        String parameter = tensor.substring(GRADIENT.length());
        return parameters.names().contains(parameter)
                ? compare(tensor, parameters.view(parameters.gradients(), parameter))
                : Comparison.failed(tensor, "no gradient");
    }

    /** Some gradients are zero in theory, such as a key's bias, so there is a tolerance that doesn't depend on their size. */
    private Comparison compare(String tensor, INDArray found) {
        CaseOptions rule = new CaseOptions(
                reference, "tolerance", reference.setting("tolerance").path("grad"));
        return new Tolerance(rule.number("of_max"), 0, 0, rule.number("abs"))
                .compare(tensor, found, reference.tensor(tensor));
    }
}
