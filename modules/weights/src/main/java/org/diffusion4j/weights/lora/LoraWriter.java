package org.diffusion4j.weights.lora;

import static org.diffusion4j.Requirement.require;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.file.PythonJson;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.diffusion4j.weights.singlefile.OriginalUNet;
import org.diffusion4j.weights.tensor.Tensor;
import org.nd4j.linalg.factory.Nd4j;

/** Writes adapters of low rank, as other programs read them. {@link LoraFile} reads them, too. */
public final class LoraWriter {
    /** The name under which diffusers looks for an adapter in a folder. */
    public static final String DIFFUSERS_NAME = "pytorch_lora_weights.safetensors";

    private LoraWriter() {}

    /**
     * Writes an adapter in PEFT's form, as diffusers does: {@code unet.….lora_A.weight}, with ranks and alphas in the header.
     *
     * @param file the file to write or to replace, usually {@value #DIFFUSERS_NAME}
     * @param layers the layers, at least one, each once
     * @throws IllegalArgumentException if there are no layers, or one comes twice
     * @throws org.diffusion4j.Diffusion4jException if the file can't be written
     */
    public static void writePeft(Path file, List<LoraLayer> layers) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (LoraLayer layer : layers) {
            String name = layer.component() + "." + layer.layer();
            add(tensors, name, name + ".lora_A.weight", name + ".lora_B.weight", layer);
        }
        require(!layers.isEmpty(), "layers", "at least one", "none");
        Map<String, String> metadata = new LinkedHashMap<>(SafetensorsWriter.PYTORCH);
        metadata.put(PeftMetadata.KEY, PythonJson.print(metadata(layers)));
        SafetensorsWriter.write(file, tensors, metadata);
    }

    private static void add(Map<String, Tensor> tensors, String name, String down, String up, LoraLayer layer) {
        require(!tensors.containsKey(down), "layers", "each layer once", name);
        tensors.put(down, layer.down());
        tensors.put(up, layer.up());
    }

    /** PEFT's options of each component: the usual rank and alpha, and the layers that differ. */
    private static ObjectNode metadata(List<LoraLayer> layers) {
        ObjectNode options = JsonNodeFactory.instance.objectNode();
        Map<String, List<LoraLayer>> byComponent = layers.stream()
                .collect(Collectors.groupingBy(LoraLayer::component, LinkedHashMap::new, Collectors.toList()));
        byComponent.forEach((component, all) -> {
            options.put(component + ".peft_type", "LORA");
            double rank = usual(all, LoraLayer::rank);
            double alpha = usual(all, LoraLayer::alpha);
            options.put(component + ".r", (int) rank);
            options.put(component + "." + PeftMetadata.ALPHA, alpha);
            ObjectNode ranks = options.putObject(component + ".rank_pattern");
            ObjectNode alphas = options.putObject(component + "." + PeftMetadata.ALPHAS);
            Set<String> targets = new LinkedHashSet<>();
            for (LoraLayer layer : all) {
                targets.add(layer.layer());
                if (layer.rank() != rank) {
                    ranks.put(layer.layer(), layer.rank());
                }
                if (layer.alpha() != alpha) {
                    alphas.put(layer.layer(), layer.alpha());
                }
            }
            targets.forEach(options.putArray(component + ".target_modules")::add);
        });
        return options;
    }

    private static double usual(List<LoraLayer> layers, ToDoubleFunction<LoraLayer> value) {
        Map<Double, Long> counts = layers.stream()
                .collect(Collectors.groupingBy(value::applyAsDouble, LinkedHashMap::new, Collectors.counting()));
        return counts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
    }

    /**
     * Writes an adapter of Stable Diffusion 1 or 2 in kohya's form: {@code lora_unet_….lora_down.weight}, with an alpha for each layer.
     *
     * @param file the file to write or to replace
     * @param layers the layers of {@code unet} and {@code text_encoder}, at least one, each once
     * @throws IllegalArgumentException if there are no layers, one comes twice, or is of another component
     * @throws org.diffusion4j.Diffusion4jException if the file can't be written
     */
    public static void writeKohya(Path file, List<LoraLayer> layers) {
        Map<String, String> beginnings =
                Map.of(PipelineFolder.UNET, "lora_unet_", PipelineFolder.TEXT_ENCODER, "lora_te_");
        writeKohya(file, layers, beginnings, Map.of());
    }

    /**
     * Writes an adapter of Stable Diffusion XL in kohya's form, where the U-Net's blocks have their original names.
     *
     * @param file the file to write or to replace
     * @param layers the layers of {@code unet}, {@code text_encoder} and {@code text_encoder_2}, at least one, each once
     * @param unetParameters the names of all parameters of the U-Net, from which its blocks are counted
     * @throws IllegalArgumentException as for {@link #writeKohya(Path, List)}
     * @throws org.diffusion4j.Diffusion4jException if the file can't be written
     */
    public static void writeKohyaXl(Path file, List<LoraLayer> layers, Set<String> unetParameters) {
        Map<String, String> beginnings = Map.of(
                PipelineFolder.UNET, "lora_unet_",
                PipelineFolder.TEXT_ENCODER, "lora_te1_",
                PipelineFolder.TEXT_ENCODER_2, "lora_te2_");
        Map<String, String> originals = new LinkedHashMap<>();
        OriginalUNet.names(unetParameters)
                .forEach((name, original) -> originals.put(ModuleNames.layer(name), ModuleNames.layer(original)));
        writeKohya(file, layers, beginnings, originals);
    }

    private static void writeKohya(
            Path file, List<LoraLayer> layers, Map<String, String> beginnings, Map<String, String> originals) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (LoraLayer layer : layers) {
            String beginning = beginnings.get(layer.component());
            require(beginning != null, "component", String.join(" or ", beginnings.keySet()), layer.component());
            String own = layer.component().equals(PipelineFolder.UNET)
                    ? originals.getOrDefault(layer.layer(), layer.layer())
                    : layer.layer();
            String name = beginning + own.replace('.', '_');
            add(tensors, name, name + ".lora_down.weight", name + ".lora_up.weight", layer);
            tensors.put(name + ".alpha", Tensor.of(Nd4j.scalar((float) layer.alpha())));
        }
        require(!layers.isEmpty(), "layers", "at least one", "none");
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("ss_network_module", "networks.lora");
        metadata.put("ss_network_dim", Integer.toString((int) usual(layers, LoraLayer::rank)));
        metadata.put("ss_network_alpha", Double.toString(usual(layers, LoraLayer::alpha)));
        SafetensorsWriter.write(file, tensors, metadata);
    }
}
