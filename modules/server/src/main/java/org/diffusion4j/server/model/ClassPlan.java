package org.diffusion4j.server.model;

import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.pipeline.SamplePlan;

/**
 * What a model draws by classes or by none.
 *
 * @param plan the pipeline's plan
 * @param steps how often the network runs for each picture
 * @param size the pictures' size
 */
record ClassPlan(SamplePlan plan, int steps, SampleSize size) implements DrawPlan {
    static ClassPlan of(SamplePlan plan, SampleSize size) {
        return new ClassPlan(plan, plan.scheduler().sampler(plan.steps()).timesteps().length, size);
    }

    @Override
    public int images() {
        return plan.images();
    }

    @Override
    public Map<String, String> settings() {
        return plan.settings();
    }

    @Override
    public List<String> notes() {
        return List.of();
    }

    @Override
    public boolean goesWith(DrawPlan other) {
        return other instanceof ClassPlan with
                && plan.scheduler().equals(with.plan.scheduler())
                && plan.samplerOptions().equals(with.plan.samplerOptions())
                && plan.steps() == with.plan.steps()
                && plan.guidanceScale() == with.plan.guidanceScale()
                && plan.labels().isEmpty() == with.plan.labels().isEmpty();
    }
}
