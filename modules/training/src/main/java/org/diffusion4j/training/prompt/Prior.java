package org.diffusion4j.training.prompt;

import static org.diffusion4j.Requirement.require;

import org.diffusion4j.data.PictureSource;

/**
 * Pictures of what a model draws already, such as any dogs where it is taught one, so that it doesn't forget them: prior preservation
 * (Ruiz et al. 2022, "DreamBooth", arXiv:2208.12242, equation 2). Each batch is followed by one of these pictures, with noise and
 * timesteps of its own; the loss is the mean over the batch plus the weight times the mean over these, whatever the weighting by
 * signal-to-noise ratios. They go through the network apart, so that they take time but no memory.
 *
 * @param pictures of the same channels as those that are learned, and of sizes that the network takes
 * @param captions their texts, such as "a dog" for all
 * @param weight how much their loss counts, at least 0; the paper has 1
 */
public record Prior(PictureSource pictures, Captions captions, double weight) {
    /** Checks the weight. */
    public Prior {
        require(Double.isFinite(weight) && weight >= 0, "prior-weight", "a number from 0 on", weight);
    }
}
