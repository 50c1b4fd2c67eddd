package org.diffusion4j.pipeline.prompt;

import static org.diffusion4j.Requirement.require;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.diffusion4j.picture.Pixels;
import org.diffusion4j.pipeline.Denoising;
import org.diffusion4j.pipeline.SamplingStep;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Shows previews while pictures are drawn, of what each step predicts where the sampler does, and passes all calls on. */
public final class PreviewListener implements PromptListener {
    private final int every;
    private final LatentPreview preview;
    private final BiConsumer<PromptProgress, List<BufferedImage>> shown;
    private final PromptListener next;

    /**
     * Makes a listener.
     *
     * @param every a preview is made after each so many steps, at least 1
     * @param preview makes the pictures
     * @param shown is given a preview of each picture that is drawn, with the step after which it was made
     * @param next is told everything, too
     */
    public PreviewListener(
            int every,
            LatentPreview preview,
            BiConsumer<PromptProgress, List<BufferedImage>> shown,
            PromptListener next) {
        require(every >= 1, "preview steps", "at least 1", every);
        this.every = every;
        this.preview = preview;
        this.shown = shown;
        this.next = next;
    }

    @Override
    public void stepped(PromptProgress progress, INDArray modelOutput, INDArray latents, INDArray denoised) {
        next.stepped(progress, modelOutput, latents, denoised);
        if (progress.step().number() % every == 0) {
            INDArray pictures = preview.pictures(denoised == null ? latents : denoised);
            try {
                shown.accept(progress, Pixels.toPictures(pictures));
            } finally {
                Denoising.free(pictures);
            }
        }
    }

    @Override
    public boolean isCancelled() {
        return next.isCancelled();
    }

    @Override
    public void drew(INDArray noise) {
        next.drew(noise);
    }

    @Override
    public void started(INDArray latents) {
        next.started(latents);
    }

    @Override
    public void entered(SamplingStep step, Map<String, INDArray> inputs) {
        next.entered(step, inputs);
    }

    @Override
    public void decoded(int first, INDArray pictures) {
        next.decoded(first, pictures);
    }
}
