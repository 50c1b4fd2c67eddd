package org.diffusion4j.server.job;

import static org.diffusion4j.Requirement.requireGiven;

import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.server.model.DrawPlan;
import org.diffusion4j.server.model.DrawRequest;

/** Refuses what is beyond a server's limits. */
final class RequestLimits {
    private RequestLimits() {}

    /** What can be said before a model has seen it. */
    static void check(JobLimits limits, DrawRequest request) {
        if (request.images() != null) {
            requireGiven(request.images() >= 1, "images", "at least 1", request.images());
            most("images", limits.images(), request.images());
        }
        if (request.steps() != null) {
            requireGiven(request.steps() >= 1, "steps", "at least 1", request.steps());
            most("steps", limits.steps(), request.steps());
        }
        if (request.guidance() != null) {
            requireGiven(
                    Math.abs(request.guidance()) <= JobLimits.MOST_GUIDANCE,
                    "guidance",
                    "a number from -" + JobLimits.MOST_GUIDANCE + " to " + JobLimits.MOST_GUIDANCE,
                    request.guidance());
        }
        length("prompt", limits, request.prompt());
        length("negative_prompt", limits, request.negativePrompt());
        length("labels", limits, request.labels());
        if (request.size() != null) {
            pixels(limits, request.size());
        }
    }

    /** What the model has decided. */
    static void check(JobLimits limits, DrawPlan plan) {
        most("images", limits.images(), plan.images());
        most("steps", limits.steps(), plan.steps());
        pixels(limits, plan.size());
    }

    private static void pixels(JobLimits limits, SampleSize size) {
        long pixels = (long) size.height() * size.width();
        requireGiven(
                pixels <= limits.pixels(),
                "size",
                "at most " + limits.pixels() + " pixels",
                size.width() + "x" + size.height());
    }

    private static void length(String name, JobLimits limits, String text) {
        int length = text == null ? 0 : text.length();
        requireGiven(
                length <= limits.promptCharacters(),
                name,
                "at most " + limits.promptCharacters() + " characters",
                length + " characters");
    }

    private static void most(String name, int most, int found) {
        requireGiven(found <= most, name, "at most " + most, found);
    }
}
