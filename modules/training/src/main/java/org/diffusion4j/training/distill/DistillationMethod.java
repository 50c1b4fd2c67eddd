package org.diffusion4j.training.distill;

import java.util.Map;
import org.diffusion4j.diffusion.sampler.SchedulerKind;

/** How a student learns to draw in few steps what its teacher draws in many. */
public sealed interface DistillationMethod permits Halving, Consistency {
    /**
     * How many steps the teacher takes.
     *
     * @return at least 2
     */
    int teacherSteps();

    /**
     * How many steps the result draws in.
     *
     * @return from 1 to one less than the teacher's
     */
    int studentSteps();

    /**
     * What the result draws with.
     *
     * @return the kind of sampler
     */
    SchedulerKind sampler();

    /**
     * The sampler's options.
     *
     * @return by diffusers' names
     */
    Map<String, Object> samplerOptions();
}
