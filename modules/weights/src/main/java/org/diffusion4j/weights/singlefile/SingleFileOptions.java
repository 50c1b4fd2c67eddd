package org.diffusion4j.weights.singlefile;

import java.nio.file.Path;
import org.diffusion4j.diffusion.Prediction;

/**
 * What a single file doesn't say by itself.
 *
 * @param average whether the averaged weights (EMA) of the denoising network are taken, which some files have beside those that
 *     were trained
 * @param prediction what the denoising network predicts; null for what the file says, and otherwise v_prediction for Stable
 *     Diffusion 2 and epsilon for all others
 * @param config a pipeline's folder in diffusers' layout, whose configurations, tokenizers and scheduler are taken instead of
 *     those of the public models; it needs no weights. Null for those of the public models
 */
public record SingleFileOptions(boolean average, Prediction prediction, Path config) {
    /** Nothing is asked for. */
    public static final SingleFileOptions NONE = new SingleFileOptions(false, null, null);
}
