package org.diffusion4j.verify;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.diffusion4j.pipeline.part.TextEncoder;
import org.diffusion4j.pipeline.part.TextEncoding;
import org.diffusion4j.pipeline.part.TextState;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.diffusion4j.weights.lora.AdaptedWeights;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The model that a case's adapters belong to.
 *
 * @param components its U-Net and text encoders by their names
 */
record LoraModel(Map<String, Component<?>> components) implements AutoCloseable {
    private static final String ADDED = "in.added.";

    /** Reads the parts that a base's case names. */
    static LoraModel read(ReferenceCase base) {
        Map<String, Component<?>> components = new LinkedHashMap<>();
        Path folder = base.folder();
        for (String name : base.whole().texts("components")) {
            components.put(name, ComponentFolder.read(folder.resolve(name)));
        }
        return new LoraModel(components);
    }

    /** The shapes of all parameters by component. */
    Map<String, Map<String, long[]>> shapes() {
        Map<String, Map<String, long[]>> shapes = new LinkedHashMap<>();
        components.forEach(
                (name, component) -> shapes.put(name, component.config().parameterShapes()));
        return shapes;
    }

    /**
     * Runs all parts with a case's inputs.
     *
     * @param weights the weights of each part
     * @return the results by their names in the cases
     */
    Map<String, INDArray> run(ReferenceCase reference, Map<String, AdaptedWeights> weights, Engines engines) {
        Map<String, INDArray> results = new LinkedHashMap<>();
        components.forEach((name, component) -> {
            NetworkConfig config = component.config();
            if (config instanceof UNet2DConditionConfig unet) {
                results.put("output", output(unet, reference, weights.get(name), engines));
            } else if (config instanceof ClipTextConfig text) {
                AdaptedWeights own = weights.get(name);
                TextEncoding encoding = new TextEncoder(text, own.weights(), engines::openGraph)
                        .with(own.branches())
                        .encode(reference.tensor("in.input_ids"), null, TextState.stableDiffusion(0));
                results.put(name + ".last_hidden_state", encoding.hidden());
                if (text.textProjection()) {
                    results.put(name + ".text_embeds", encoding.pooled());
                }
            }
        });
        return results;
    }

    private static INDArray output(
            UNet2DConditionConfig config, ReferenceCase reference, AdaptedWeights weights, Engines engines) {
        Map<String, INDArray> inputs = new LinkedHashMap<>();
        for (String name :
                List.of(UNet2DConditionGraph.SAMPLE, UNet2DConditionGraph.TIMESTEP, UNet2DConditionGraph.CONTEXT)) {
            inputs.put(name, reference.tensor("in." + name));
        }
        for (String name : List.of(UNet2DConditionGraph.TEXT, UNet2DConditionGraph.NUMBERS)) {
            String tensor = ADDED + name;
            if (reference.has(tensor)) {
                inputs.put(name, reference.tensor(tensor));
            }
        }
        INDArray sample = inputs.get(UNet2DConditionGraph.SAMPLE);
        UNet2DConditionGraph graph = UNet2DConditionGraph.of(config)
                .size((int) sample.size(2), (int) sample.size(3))
                .contextLength((int) inputs.get(UNet2DConditionGraph.CONTEXT).size(1))
                .branches(weights.branches())
                .sharedWeights(weights.weights());
        try (GraphEngine engine = engines.openGraph(graph.build(), List.of(UNet2DConditionGraph.OUTPUT))) {
            return engine.run(inputs).get(UNet2DConditionGraph.OUTPUT);
        }
    }

    @Override
    public void close() {
        components.values().forEach(Component::close);
    }
}
