package org.diffusion4j.training.prompt;

import org.diffusion4j.data.BatchNumbers;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.training.DiffusionLoss;
import org.diffusion4j.training.NoisyBatches;
import org.diffusion4j.training.TrainingPlan;

/**
 * What a network learns from.
 *
 * @param samples pictures or latents
 * @param recipe what it gets of a batch
 */
record Lesson(PictureSource samples, PromptRecipe recipe) {
    NoisyBatches batches(TrainingPlan plan, long seed, DiffusionLoss loss, BatchNumbers numbers) {
        return new NoisyBatches(samples.batches(plan.batchSize(), seed, numbers), plan, seed, loss, recipe, numbers);
    }
}
