package org.diffusion4j.pipeline;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.NearestNames;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.weights.ModelSettings;

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
        SchedulerKind sampler = first(request.sampler(), best.sampler(), scheduler);
        boolean tuned = best.sampler() == null || best.sampler() == sampler;
        double guidance = first(request.guidanceScale(), request.labels().isEmpty() ? null : best.guidance(), 1.0);
        checkLabels(request);
        checkGuidance(guidance);
        checkChannels();
        checkOptions(request, sampler);
        Map<String, Object> options = new LinkedHashMap<>(tuned ? known(best.options(), sampler) : Map.of());
        options.putAll(request.samplerOptions());
        int steps = first(request.steps(), tuned ? best.steps() : null, usualSteps(sampler));
        return new SamplePlan(
                request.images(),
                request.labels(),
                request.seed(),
                configured(sampler, options, steps),
                options,
                steps,
                guidance);
    }

    private SchedulerConfig configured(SchedulerKind sampler, Map<String, Object> options, int steps) {
        try {
            SchedulerConfig configured = sampler.of(schedulerKeys).with(options);
            // This refuses steps that the sampler can't take, before anything is drawn.
            configured.sampler(steps);
            return configured;
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(e.getMessage(), e);
        }
    }

    /** Those of the options that the sampler has: the best options may be meant for other samplers. */
    private static Map<String, Object> known(Map<String, Object> options, SchedulerKind sampler) {
        Map<String, Object> known = new LinkedHashMap<>(options);
        known.keySet().retainAll(sampler.defaults().keys());
        return known;
    }

    /** The number of steps that diffusers' pipelines take. */
    private int usualSteps(SchedulerKind sampler) {
        int all = sampler.of(schedulerKeys).numTrainTimesteps();
        return Math.min(all, sampler == SchedulerKind.DDPM ? 1000 : 50);
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

    /** Refuses options that the sampler doesn't have, since they would be ignored silently. */
    private static void checkOptions(SampleRequest request, SchedulerKind sampler) {
        Set<String> known = sampler.defaults().keys();
        for (Map.Entry<String, Object> option : request.samplerOptions().entrySet()) {
            if (!known.contains(option.getKey()) && !isOff(option.getKey(), option.getValue())) {
                String question = NearestNames.question(option.getKey(), known);
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s: expected none, as %s has no such option%s, found %s",
                        option.getKey(),
                        sampler.className(),
                        question.isEmpty() ? " (it has " + String.join(", ", known) + ")" : " (" + question + ")",
                        option.getValue()));
            }
        }
    }

    /** Whether a value says that an option of other samplers is off. */
    private static boolean isOff(String key, Object value) {
        return (Boolean.FALSE.equals(value) || (value instanceof Number number && number.doubleValue() == 0))
                && Arrays.stream(SchedulerKind.values())
                        .anyMatch(kind -> kind.defaults().keys().contains(key));
    }

    private static <T> T first(T given, T best, T otherwise) {
        return given != null ? given : best != null ? best : otherwise;
    }
}
