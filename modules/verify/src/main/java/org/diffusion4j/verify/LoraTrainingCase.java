package org.diffusion4j.verify;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.lora.LoraBranch;
import org.diffusion4j.graph.lora.LoraBranches;
import org.diffusion4j.graph.lora.LoraTargets;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.lora.AdaptedWeights;
import org.diffusion4j.weights.lora.LoraFile;
import org.diffusion4j.weights.lora.LoraForm;
import org.diffusion4j.weights.lora.LoraSet;
import org.diffusion4j.weights.lora.ScaledLora;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A training run of low-rank branches beside a conditional U-Net's layers, and the files that came of it. */
final class LoraTrainingCase extends ConditionTraining {
    private static final String ADAPTER = "default";
    private static final String INITIAL = "init.";
    private static final String TEST = "test.";
    private static final String FUSED = "fused.";
    private static final String PLAIN_FILE = "pytorch_lora_weights.safetensors";
    private static final String FILE = "pytorch_lora_weights_with_metadata.safetensors";

    private final Component<UNet2DConditionConfig> component;
    private final Engines engines;

    private LoraTrainingCase(ReferenceCase reference, Component<UNet2DConditionConfig> component, Engines engines) {
        super(reference, "adapters_atol");
        this.component = component;
        this.engines = engines;
    }

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        try (Component<UNet2DConditionConfig> component =
                ComponentFolder.read(reference.folder(), UNet2DConditionConfig.class)) {
            return new LoraTrainingCase(reference, component, engines).verify();
        }
    }

    private List<Comparison> verify() {
        LoraTargets targets = new LoraTargets(
                ADAPTER,
                options().integer("rank"),
                options().number("alpha"),
                options().texts("target_modules"));
        add(equal("scale", options().number("scale"), targets.alpha() / targets.rank()));
        LoraBranches branches = targets.of(component.config().parameterShapes());
        Map<String, WeightSource> weights = new LinkedHashMap<>(component.tensors());
        long elements = 0;
        for (Map.Entry<String, List<LoraBranch>> layer : branches.byLayer().entrySet()) {
            for (LoraBranch branch : layer.getValue()) {
                for (String name : List.of(branch.down(layer.getKey()), branch.up(layer.getKey()))) {
                    WeightSource initial = WeightSource.of(tensor(INITIAL + stored(name)));
                    weights.put(name, initial);
                    elements += initial.length();
                }
            }
        }
        add(equal("adapter_parameters", options().number("adapter_parameters"), (double) elements));
        SameDiff graph = network(component.config())
                .branches(branches)
                .sharedWeights(weights)
                .training(true)
                .build();
        return replay(
                new FlatParameters(graph, LoraTargets::isOfBranch),
                parameters -> engines.openGradients(graph, parameters, false));
    }

    private static Comparison equal(String name, double expected, double found) {
        return expected == found
                ? new Comparison(name, 0, true, "")
                : Comparison.failed(name, "expected " + expected + ", found " + found);
    }

    /** PEFT's name without the adapter's. */
    @Override
    String stored(String parameter) {
        return parameter.replace("." + ADAPTER + ".", ".");
    }

    @Override
    void afterAll(FlatParameters parameters, INDArray average) {
        LoraBranches branches = new LoraTargets(
                        ADAPTER,
                        options().integer("rank"),
                        options().number("alpha"),
                        options().texts("target_modules"))
                .of(component.config().parameterShapes());
        Map<String, WeightSource> trained = new LinkedHashMap<>(component.tensors());
        for (String name : parameters.names()) {
            trained.put(name, WeightSource.of(parameters.view(parameters.values(), name)));
        }
        output(
                "output_base",
                new AdaptedWeights(
                        Map.copyOf(component.tensors()),
                        LoraSet.NONE
                                .adapted(PipelineFolder.UNET, component.tensors(), LoraForm.BRANCHES)
                                .branches()));
        output("output", new AdaptedWeights(trained, branches));
        loaded("output_loaded_without_metadata", PLAIN_FILE);
        loaded("output", FILE);
    }

    /** What comes of a file that diffusers wrote at the end of the run, as branches and merged. */
    private void loaded(String output, String name) {
        Path file = reference().folder().resolve(name);
        try (LoraFile lora = LoraFile.open(file)) {
            LoraSet set = new LoraSet(List.of(new ScaledLora(lora, 1)));
            set.requireFit(Map.of(PipelineFolder.UNET, component.config().parameterShapes()));
            for (LoraForm form : LoraForm.values()) {
                output(output, set.adapted(PipelineFolder.UNET, component.tensors(), form));
            }
            if (name.equals(FILE)) {
                fused(set.merged(PipelineFolder.UNET, component.tensors()));
            }
        }
    }

    private void fused(Map<String, WeightTensor> merged) {
        Tolerance tolerance = Tolerance.absolute(tolerances().number("adapters_atol"));
        for (String name : reference().tensors().keySet()) {
            if (name.startsWith(FUSED)) {
                add(merged.get(name.substring(FUSED.length()))
                        .use(found -> tolerance.compare(name, found, tensor(name))));
            }
        }
    }

    private void output(String name, AdaptedWeights weights) {
        SameDiff graph = network(component.config())
                .branches(weights.branches())
                .sharedWeights(weights.weights())
                .build();
        Map<String, INDArray> inputs = new LinkedHashMap<>();
        for (String input :
                List.of(UNet2DConditionGraph.SAMPLE, UNet2DConditionGraph.TIMESTEP, UNet2DConditionGraph.CONTEXT)) {
            inputs.put(input, tensor(TEST + input));
        }
        try (GraphEngine engine = engines.openGraph(graph, List.of(UNet2DConditionGraph.OUTPUT))) {
            INDArray found = engine.run(inputs).get(UNet2DConditionGraph.OUTPUT);
            add(Tolerance.absolute(tolerances().number("output_atol"))
                    .compare(TEST + name, found, tensor(TEST + name)));
        }
    }
}
