package org.diffusion4j.weights.singlefile;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.option.ConditionDownBlockType;
import org.diffusion4j.graph.option.ConditionUpBlockType;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.weights.diffusers.ComponentConfig;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorType;

/** Single files of tiny networks with random weights. */
final class TinyCheckpoint {
    static final UNet2DConditionConfig UNET = UNet2DConditionConfig.builder()
            .sampleSize(SampleSize.square(8))
            .blockOutChannels(List.of(4, 8))
            .downBlockTypes(List.of(ConditionDownBlockType.CROSS, ConditionDownBlockType.DOWN))
            .upBlockTypes(List.of(ConditionUpBlockType.UP, ConditionUpBlockType.CROSS))
            .layersPerBlock(List.of(1, 2))
            .attentionHeadDim(List.of(2, 2))
            .crossAttentionDim(List.of(8, 8))
            .normNumGroups(2)
            .build();
    static final AutoencoderKLConfig VAE = AutoencoderKLConfig.builder()
            .blockOutChannels(List.of(4))
            .normNumGroups(2)
            .build();
    static final ClipTextConfig TEXT = ClipTextConfig.builder()
            .vocabSize(60)
            .hiddenSize(8)
            .intermediateSize(8)
            .numHiddenLayers(2)
            .numAttentionHeads(2)
            .build();
    static final ClipTextConfig PROJECTING = ClipTextConfig.builder()
            .vocabSize(60)
            .hiddenSize(6)
            .intermediateSize(8)
            .numHiddenLayers(2)
            .numAttentionHeads(2)
            .projectionDim(4)
            .textProjection(true)
            .build();

    private final SingleFileLayout layout;
    private final Map<String, NetworkConfig> networks = new LinkedHashMap<>();
    private final Map<String, Map<String, Tensor>> weights = new LinkedHashMap<>();

    private TinyCheckpoint(SingleFileLayout layout) {
        this.layout = layout;
    }

    static TinyCheckpoint of(SingleFileLayout layout) {
        TinyCheckpoint checkpoint = new TinyCheckpoint(layout);
        for (SingleFilePart part : layout.parts()) {
            switch (part.component()) {
                case "unet" -> checkpoint.networks.put("unet", UNET);
                case "vae" -> checkpoint.networks.put("vae", VAE);
                case "text_encoder" -> checkpoint.networks.put("text_encoder", TEXT);
                default -> checkpoint.networks.put("text_encoder_2", PROJECTING);
            }
        }
        checkpoint.networks.forEach((component, config) -> {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            config.graph()
                    .initialWeights(component.length())
                    .forEach((name, weight) -> tensors.put(name, Tensor.of(weight.array(), TensorType.F16)));
            checkpoint.weights.put(component, tensors);
        });
        return checkpoint;
    }

    Map<String, NetworkConfig> networks() {
        return networks;
    }

    Map<String, Tensor> weights(String component) {
        return weights.get(component);
    }

    /** The tensors of the single file, which may be changed. */
    Map<String, Tensor> tensors() {
        return new LinkedHashMap<>(SingleFileMapping.of(layout, networks).originals(weights));
    }

    /** The options of a network as they are read from a file, which is written into a folder. */
    ComponentConfig<?> config(Path folder, String component) {
        NetworkConfig config = networks.get(component);
        Path place = folder.resolve(component);
        ComponentFolder.write(place, config, config.graph().initialWeights(1));
        return ComponentConfig.read(place.resolve("config.json"));
    }

    static Path write(Path folder, Map<String, ? extends Tensor> tensors) {
        Path file = folder.resolve("model.safetensors");
        SafetensorsWriter.write(file, tensors, SafetensorsWriter.PYTORCH);
        return file;
    }
}
