package org.diffusion4j.server.model;

import static org.diffusion4j.Requirement.requireGiven;

/** Refuses what only a model that draws by texts can do. */
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
}
