package org.diffusion4j.weights.lora;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.diffusers.TokenizerPlace;

/**
 * A pipeline with adapters merged into its networks, such as to be exported. Weights that are changed are summed up in float32 when
 * they are read, and keep their types in a file.
 */
public final class MergedParts implements PipelineParts {
    /** The parts that adapters change. */
    private static final List<String> CHANGED =
            List.of(PipelineFolder.UNET, PipelineFolder.TEXT_ENCODER, PipelineFolder.TEXT_ENCODER_2);

    private final PipelineParts parts;
    private final LoraSet loras;

    /**
     * Merges adapters into a pipeline. No weights are read yet.
     *
     * @param parts the pipeline
     * @param loras the adapters, which stay open while the networks are used
     * @throws Diffusion4jException if an adapter changes a layer that the pipeline lacks, or one of another shape; the message names
     *     the tensor
     */
    public MergedParts(PipelineParts parts, LoraSet loras) {
        this.parts = parts;
        this.loras = loras;
        Map<String, Map<String, long[]>> shapes = new LinkedHashMap<>();
        for (String part : CHANGED) {
            if (parts.has(part)) {
                shapes.put(part, parts.config(part, NetworkConfig.class).parameterShapes());
            }
        }
        loras.requireFit(shapes);
    }

    @Override
    public <C extends NetworkConfig> Component<C> network(String part, Class<C> type) {
        Component<C> own = parts.network(part, type);
        return CHANGED.contains(part)
                ? new Component<>(
                        own.className(), own.config(), loras.merged(part, own.tensors()), own.json(), own.notes())
                : own;
    }

    @Override
    public Path place() {
        return parts.place();
    }

    @Override
    public Path configFile(String part) {
        return parts.configFile(part);
    }

    @Override
    public String className() {
        return parts.className();
    }

    @Override
    public Map<String, String> parts() {
        return parts.parts();
    }

    @Override
    public List<String> controlNets() {
        return parts.controlNets();
    }

    @Override
    public <C extends NetworkConfig> C config(String part, Class<C> type) {
        return parts.config(part, type);
    }

    @Override
    public TokenizerPlace tokenizer(String part) {
        return parts.tokenizer(part);
    }

    @Override
    public SchedulerConfig scheduler() {
        return parts.scheduler();
    }

    @Override
    public Map<String, Object> schedulerKeys() {
        return parts.schedulerKeys();
    }

    @Override
    public ModelSettings settings() {
        return parts.settings();
    }

    @Override
    public boolean forcesZeros() {
        return parts.forcesZeros();
    }

    @Override
    public List<String> notes() {
        return parts.notes();
    }

    @Override
    public List<String> networkNotes() {
        return parts.networkNotes();
    }
}
