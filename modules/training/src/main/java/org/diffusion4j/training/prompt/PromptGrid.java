package org.diffusion4j.training.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.prompt.PromptListener;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptPlan;
import org.diffusion4j.pipeline.prompt.PromptRequest;

/**
 * Pictures that are drawn of the same prompts from the same noise each time.
 *
 * @param prompts at least one
 * @param size in pixels
 */
record PromptGrid(List<String> prompts, SampleSize size) {
    private static final long SEED = 0;
    /** How many are drawn at once: a grid may have thousands. */
    private static final int TOGETHER = 16;

    PromptGrid {
        prompts = List.copyOf(prompts);
    }

    /**
     * Draws a picture of each prompt, and of the first ones again if there are more pictures.
     *
     * @param stopped asked at each step and in the middle of them
     * @throws java.util.concurrent.CancellationException if it is true
     */
    ImageGrid draw(PromptPipeline pipeline, int images, BooleanSupplier stopped) {
        List<GeneratedImage> drawn = new ArrayList<>();
        for (int first = 0; first < images; first += TOGETHER) {
            List<String> some = new ArrayList<>();
            for (int i = first; i < Math.min(images, first + TOGETHER); i++) {
                some.add(prompts.get(i % prompts.size()));
            }
            PromptPlan plan = pipeline.plan(PromptRequest.of(some)
                    .size(size.width(), size.height())
                    .seed(SEED + first)
                    .build());
            drawn.addAll(pipeline.draw(plan, new PromptListener() {
                @Override
                public boolean isCancelled() {
                    return stopped.getAsBoolean();
                }
            }));
        }
        return ImageGrid.of(drawn);
    }
}
