package org.diffusion4j.pipeline;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.weights.diffusers.ModelSettings;

/**
 * Makes plans from requests, which are checked against a model.
 *
 * @param config the network's options
 * @param scheduler the model's own scheduler
 * @param schedulerKeys the content of its file, from which other kinds of scheduler are made, too
 * @param settings the model's classes and best settings
 */
record SamplePlanner(
        UNetConfig config, SchedulerKind scheduler, Map<String, Object> schedulerKeys, ModelSettings settings) {
    /** Does what {@link DiffusionPipeline#plan} says, except for the check of memory. */
    SamplePlan plan(SampleRequest given) {
        SampleRequest request = byNumber(given);
        ModelSettings.Sampling best = settings.sampling();
        double guidance = first(request.guidanceScale(), request.labels().isEmpty() ? null : best.guidance(), 1.0);
        checkLabels(request);
        checkGuidance(guidance);
        checkChannels();
        SamplerChoice chosen = new SamplerSource(scheduler, schedulerKeys, best)
                .choose(request.sampler(), request.samplerOptions(), request.steps(), SamplePlanner::usualSteps);
        return new SamplePlan(
                request.images(),
                request.labels(),
                request.seed(),
                chosen.scheduler(),
                chosen.options(),
                chosen.steps(),
                guidance);
    }

    /** The number of steps that diffusers' pipelines take. */
    private static int usualSteps(SchedulerConfig sampler) {
        return Math.min(sampler.numTrainTimesteps(), sampler.kind() == SchedulerKind.DDPM ? 1000 : 50);
    }

    private SampleRequest byNumber(SampleRequest request) {
        if (request.labelNames().isEmpty()) {
            return request;
        }
        ClassLabels classes = ClassLabels.of(config, settings);
        return request.toBuilder()
                .labels(request.labelNames().stream().map(classes::find).toList())
                .labelNames(List.of())
                .build();
    }

    private void checkLabels(SampleRequest request) {
        if (config.classEmbedType() != null) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "model: expected class labels by a table or none, found class_embed_type '%s'",
                    config.classEmbedType().configName()));
        }
        if (!config.wantsClassLabels() && !request.labels().isEmpty()) {
            throw new Diffusion4jException("labels: expected none, as the model has no classes");
        }
        for (int label : request.labels()) {
            if (label < 0 || label >= config.numClassEmbeds()) {
                throw new Diffusion4jException(String.format(
                        Locale.ROOT, "labels: expected 0 to %d, found %d", config.numClassEmbeds() - 1, label));
            }
        }
        if (config.wantsClassLabels() && request.labels().isEmpty() && settings.nullClass() == null) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "labels: expected some, as the model draws nothing without (0 to %d)",
                    config.numClassEmbeds() - 1));
        }
    }

    private void checkGuidance(double guidance) {
        if (guidance != 1 && !config.wantsClassLabels()) {
            throw new Diffusion4jException("guidance: expected 1, as the model has no classes, found " + guidance);
        }
        if (guidance != 1 && settings.nullClass() == null) {
            throw new Diffusion4jException(
                    "guidance: expected 1, as the model has no null_class in diffusion4j.json, found " + guidance);
        }
    }

    private void checkChannels() {
        int wanted = learnsVariance() ? 2 * config.inChannels() : config.inChannels();
        if ((config.inChannels() != 1 && config.inChannels() != 3) || config.outChannels() != wanted) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "model: expected 1 or 3 channels in and as many out, found %d in and %d out",
                    config.inChannels(),
                    config.outChannels()));
        }
    }

    private boolean learnsVariance() {
        return SchedulerKind.DDPM.of(schedulerKeys) instanceof DdpmConfig ddpm
                && ddpm.varianceType().isLearned();
    }

    private static <T> T first(T given, T best, T otherwise) {
        return given != null ? given : best != null ? best : otherwise;
    }
}
