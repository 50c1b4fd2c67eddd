package org.diffusion4j.weights.singlefile;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.cliptext.ClipActivation;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.diffusion4j.weights.tensor.Tensor;

/**
 * Writes a pipeline as a single file: the way back from diffusers' folder. Each tensor keeps its type and its bits, and is read
 * when it is written.
 */
public final class SingleFileWriter {
    private SingleFileWriter() {}

    /**
     * Writes a file.
     *
     * @param file the file to write or to replace, {@code .safetensors}; its folder must exist
     * @param pipeline the pipeline
     * @return how many parameters its networks have
     * @throws Diffusion4jException if it has a part that single files don't hold, or something can't be read or written
     */
    public static long write(Path file, PipelineParts pipeline) {
        if (!pipeline.controlNets().isEmpty()) {
            throw FileFault.in(
                    pipeline.place(), "expected a pipeline without ControlNets, as single files hold none, found some");
        }
        if (!pipeline.has(PipelineFolder.VAE)) {
            throw FileFault.in(
                    pipeline.place(), "expected a pipeline with an autoencoder, as single files have one, found none");
        }
        SingleFileLayout layout = layout(pipeline);
        Map<String, NetworkConfig> networks = new LinkedHashMap<>();
        Map<String, Map<String, ? extends Tensor>> weights = new LinkedHashMap<>();
        List<Component<?>> open = new ArrayList<>();
        try {
            for (String part : pipeline.parts().keySet()) {
                if (pipeline.isNetwork(part)) {
                    Component<?> network = pipeline.network(part, NetworkConfig.class);
                    open.add(network);
                    networks.put(part, network.config());
                    weights.put(part, network.tensors());
                }
            }
            Map<String, String> metadata = new LinkedHashMap<>(SafetensorsWriter.PYTORCH);
            Prediction prediction = pipeline.scheduler().predictionType();
            metadata.put(
                    SingleFilePipeline.PREDICTION,
                    prediction == Prediction.V_PREDICTION ? "v" : prediction.configName());
            SafetensorsWriter.write(file, originals(pipeline, layout, networks, weights), metadata);
            return open.stream().mapToLong(Component::parameterCount).sum();
        } finally {
            open.forEach(Component::close);
        }
    }

    private static Map<String, Tensor> originals(
            PipelineParts pipeline,
            SingleFileLayout layout,
            Map<String, NetworkConfig> networks,
            Map<String, Map<String, ? extends Tensor>> weights) {
        try {
            return SingleFileMapping.of(layout, networks).originals(weights);
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(pipeline.place() + ": " + FileFault.oneLine(e.getMessage()), e);
        }
    }

    private static SingleFileLayout layout(PipelineParts pipeline) {
        if (pipeline.has(PipelineFolder.TEXT_ENCODER_2)) {
            return pipeline.has(PipelineFolder.TEXT_ENCODER) ? SingleFileLayout.SDXL : SingleFileLayout.SDXL_REFINER;
        }
        if (!pipeline.has(PipelineFolder.TEXT_ENCODER)) {
            throw FileFault.in(pipeline.place(), "expected a pipeline with a text encoder, found none");
        }
        // OpenAI's encoder is the only one of these with a quick gelu; OpenCLIP's have the usual one.
        ClipTextConfig encoder = pipeline.config(PipelineFolder.TEXT_ENCODER, ClipTextConfig.class);
        return encoder.hiddenAct() == ClipActivation.QUICK_GELU ? SingleFileLayout.SD1 : SingleFileLayout.SD2;
    }
}
