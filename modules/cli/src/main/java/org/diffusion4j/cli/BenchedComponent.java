package org.diffusion4j.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.zoo.ZooModel;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.NetworkGraph;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.adm.AdmUNetConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.graph.vae.AutoencoderKLGraph;
import org.diffusion4j.graph.vae.AutoencoderPart;
import org.diffusion4j.graph.vae.AutoencoderTinyConfig;
import org.diffusion4j.graph.vae.AutoencoderTinyGraph;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.zoo.HubPipelineModel;
import org.diffusion4j.zoo.Zoo;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * A component of a pipeline, to be timed: with the weights of a folder or a single file, or with random ones where the model is an
 * entry of the zoo whose weights are elsewhere, or a folder without weights. Of an autoencoder it is the decoder.
 *
 * @param name the component's name
 * @param config its options
 * @param weights its weights
 */
record BenchedComponent(String name, NetworkConfig config, Map<String, ? extends WeightSource> weights) {
    /** Of an entry of the zoo whose weights are elsewhere; null if it isn't one. */
    static BenchedComponent ofZoo(String model, String name) {
        for (HubPipelineModel entry : Zoo.hubPipelines()) {
            if (entry.modelName().equals(model)) {
                NetworkConfig config = entry.components().get(name);
                require(config != null, entry.components().keySet(), name);
                return new BenchedComponent(name, config, config.graph().initialWeights(0));
            }
        }
        return null;
    }

    /**
     * Of a folder of one network, other than a U-Net that draws by classes or by none, with random weights where it has none; null
     * if it isn't one.
     */
    static BenchedComponent ofFolder(LocatedModel model, VariantOption variant) {
        if (!ModelOption.isComponent(model.place())) {
            return null;
        }
        Path folder = Path.of(model.place());
        NetworkConfig config = ComponentFolder.readConfigWithoutWeights(folder).orElse(null);
        if (config != null) {
            variant.requireNone("a folder with weights", "none in " + folder);
            return new BenchedComponent(
                    ComponentFolder.className(config), config, config.graph().initialWeights(0));
        }
        Component<?> component = ComponentFolder.read(folder, model.preference());
        return new BenchedComponent(component.className(), component.config(), component.tensors());
    }

    static BenchedComponent of(LocatedModel model, String name, SingleFileOption singleFile) {
        if (!ModelOption.isPipelineOfPrompts(model.place())) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "--component: expected a pipeline that draws by text, such as one of %s, found '%s'",
                    Stream.concat(Zoo.pipelines().stream(), Zoo.hubPipelines().stream())
                            .map(ZooModel::modelName)
                            .collect(Collectors.joining(", ")),
                    model.place()));
        }
        PipelineParts parts = singleFile.open(model);
        List<String> networks =
                parts.parts().keySet().stream().filter(parts::isNetwork).toList();
        require(networks.contains(name), networks, name);
        Component<NetworkConfig> component = parts.network(name, NetworkConfig.class);
        return new BenchedComponent(name, component.config(), component.tensors());
    }

    private static void require(boolean known, Iterable<String> names, String found) {
        if (!known) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT, "--component: expected one of %s, found '%s'", String.join(", ", names), found));
        }
    }

    /**
     * The graph.
     *
     * @param size the size of the latents; null for the component's own
     */
    NetworkGraph<?> graph(SampleSize size) {
        if (config instanceof UNet2DConditionConfig unet) {
            return size == null ? unet.graph() : unet.graph().size(size.height(), size.width());
        }
        if (config instanceof AdmUNetConfig unet) {
            return size == null ? unet.graph() : unet.graph().size(size.height(), size.width());
        }
        if (config instanceof AutoencoderKLConfig vae) {
            AutoencoderKLGraph decoder = AutoencoderKLGraph.of(vae, AutoencoderPart.DECODER);
            return size == null ? decoder : decoder.latentSize(size.height(), size.width());
        }
        if (config instanceof AutoencoderTinyConfig vae) {
            AutoencoderTinyGraph decoder = AutoencoderTinyGraph.of(vae, AutoencoderPart.DECODER);
            return size == null ? decoder : decoder.latentSize(size.height(), size.width());
        }
        if (size != null) {
            throw new Diffusion4jException(
                    "--size: expected a network whose images have a size (a U-Net or an autoencoder), found " + name);
        }
        return config.graph();
    }

    /** The outputs that a graph has. */
    List<String> outputs(SameDiff graph) {
        return config.outputs().stream()
                .map(NetworkTensor::name)
                .filter(graph::hasVariable)
                .toList();
    }
}
