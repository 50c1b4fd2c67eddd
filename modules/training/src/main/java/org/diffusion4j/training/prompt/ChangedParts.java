package org.diffusion4j.training.prompt;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.diffusers.TokenizerPlace;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A pipeline with other weights of some networks, and another scheduler.
 *
 * @param base the pipeline
 * @param weights those that have changed, by {@code PART.NAME}
 * @param schedulerChanges values by the keys of a scheduler's file
 * @param distillation what taught the pipeline to draw in few steps; null if nothing did
 */
record ChangedParts(
        PipelineParts base,
        Map<String, INDArray> weights,
        Map<String, Object> schedulerChanges,
        PromptDistillation distillation)
        implements PipelineParts {
    @Override
    public Path place() {
        return base.place();
    }

    @Override
    public Path configFile(String part) {
        return base.configFile(part);
    }

    @Override
    public String className() {
        return base.className();
    }

    @Override
    public Map<String, String> parts() {
        return base.parts();
    }

    @Override
    public List<String> controlNets() {
        return base.controlNets();
    }

    /** In float32 where a weight has changed. */
    @Override
    public <C extends NetworkConfig> Component<C> network(String part, Class<C> type) {
        Component<C> before = base.network(part, type);
        Map<String, WeightTensor> tensors = new LinkedHashMap<>();
        before.tensors().forEach((name, tensor) -> {
            INDArray changed = weights.get(part + "." + name);
            tensors.put(name, changed == null ? tensor : Tensor.of(changed));
        });
        return new Component<>(before.className(), before.config(), tensors, before.json(), before.notes());
    }

    @Override
    public <C extends NetworkConfig> C config(String part, Class<C> type) {
        return base.config(part, type);
    }

    @Override
    public TokenizerPlace tokenizer(String part) {
        return base.tokenizer(part);
    }

    @Override
    public Map<String, Object> schedulerKeys() {
        Map<String, Object> keys = new LinkedHashMap<>(base.schedulerKeys());
        keys.putAll(schedulerChanges);
        if (distillation != null) {
            keys.putAll(distillation.schedulerKeys(!has(PipelineFolder.VAE)));
        }
        return keys;
    }

    @Override
    public SchedulerConfig scheduler() {
        if (distillation != null) {
            return distillation.method().sampler().of(schedulerKeys());
        }
        SchedulerConfig scheduler = base.scheduler();
        return schedulerChanges.isEmpty() ? scheduler : scheduler.with(schedulerChanges);
    }

    @Override
    public ModelSettings settings() {
        if (distillation == null) {
            return base.settings();
        }
        // Pipelines without XL don't clip, whatever the scheduler's file says, unless the settings do.
        return new ModelSettings(
                base.settings().classNames(),
                base.settings().nullClass(),
                new ModelSettings.Sampling(
                        distillation.method().sampler(),
                        distillation.method().studentSteps(),
                        1.0,
                        Map.of("clip_sample", !has(PipelineFolder.VAE))));
    }

    @Override
    public boolean forcesZeros() {
        return base.forcesZeros();
    }

    @Override
    public List<String> notes() {
        return List.of();
    }
}
