package org.diffusion4j.server.model;

import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.pipeline.prompt.PromptPlan;

/**
 * What a model draws of a text.
 *
 * @param request what was asked for
 * @param plan the pipeline's plan of it
 */
record TextPlan(DrawRequest request, PromptPlan plan) implements DrawPlan {
    @Override
    public int images() {
        return plan.images();
    }

    @Override
    public int steps() {
        return plan.walkSteps();
    }

    @Override
    public SampleSize size() {
        return plan.size();
    }

    @Override
    public Map<String, String> settings() {
        return plan.settings();
    }

    @Override
    public List<String> notes() {
        return plan.notes();
    }

    /** A negative prompt is written into a picture's file if there is one, so those with one don't go with those without. */
    @Override
    public boolean goesWith(DrawPlan other) {
        return other instanceof TextPlan with
                && plan.task() == with.plan.task()
                && plan.size().equals(with.plan.size())
                && plan.choice().equals(with.plan.choice())
                && plan.firstStep() == with.plan.firstStep()
                && plan.guidanceScale() == with.plan.guidanceScale()
                && plan.strength() == with.plan.strength()
                && request.clipSkip() == with.request.clipSkip()
                && request.loras().equals(with.request.loras())
                && controls(request).equals(controls(with.request))
                && (request.negativePrompt() == null) == (with.request.negativePrompt() == null);
    }

    /** The ControlNets with their scales; each picture has its own to look at. */
    private static List<Object> controls(DrawRequest request) {
        return request.controls().stream()
                .map(control -> (Object) List.of(control.name(), control.scale()))
                .toList();
    }
}
