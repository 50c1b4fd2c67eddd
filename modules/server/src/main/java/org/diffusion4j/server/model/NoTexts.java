package org.diffusion4j.server.model;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.List;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.pipeline.ClassLabels;

/** What models that draw by classes or by none have in common: they refuse what only one that draws by texts can do. */
final class NoTexts {
    private NoTexts() {}

    /** @throws org.diffusion4j.Diffusion4jException if a request asks for such; the message begins with its name */
    static void require(DrawRequest request) {
        String noTexts = ", as the model draws no texts";
        requireGiven(request.prompt() == null, "prompt", "none" + noTexts, "one");
        requireGiven(request.negativePrompt() == null, "negative_prompt", "none" + noTexts, "one");
        requireGiven(request.source() == null, "init_image", "none, as the model draws from noise alone", "one");
        requireGiven(request.clipSkip() == 0, "clip_skip", "0" + noTexts, request.clipSkip());
        requireGiven(request.loras().isEmpty(), "loras", "none" + noTexts, "some");
        requireGiven(request.controls().isEmpty(), "controls", "none" + noTexts, "some");
    }

    /** @throws org.diffusion4j.Diffusion4jException if a request asks for another size than the model's own */
    static void requireSize(SampleSize own, DrawRequest request) {
        SampleSize size = request.size();
        requireGiven(
                size == null || size.equals(own),
                "size",
                own.width() + "x" + own.height() + ", as the model draws no other",
                size == null ? "none" : size.width() + "x" + size.height());
    }

    /**
     * The classes that a request asks for.
     *
     * @return their labels; empty for no class
     * @throws org.diffusion4j.Diffusion4jException if there are no such classes
     */
    static List<Integer> labels(DrawRequest request, ClassLabels classes) {
        if (classes.all().isEmpty()) {
            requireGiven(request.labels() == null, "labels", "none, as the model has no classes", request.labels());
            return List.of();
        }
        return classes.chosen(request.labels(), request.images() == null ? 1 : request.images());
    }
}
