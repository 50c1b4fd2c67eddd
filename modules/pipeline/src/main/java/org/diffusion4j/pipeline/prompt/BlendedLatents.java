package org.diffusion4j.pipeline.prompt;

import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.sampler.Walk;
import org.diffusion4j.pipeline.Denoising;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Puts what is kept of a picture back after each step: with the same noise each time, and with none after the last step.
 *
 * @param clean the latents of the whole picture, [N, L, h, w]; this owns all its arrays
 * @param noise of the same shape
 * @param mask 1 for what is drawn anew and 0 for what is kept, [N, 1, h, w]
 * @param sampler knows how much noise there is before a step
 */
record BlendedLatents(INDArray clean, INDArray noise, INDArray mask, Sampler sampler) implements AutoCloseable {
    void blend(Walk walk) {
        INDArray proper = walk.done() ? clean : sampler.addNoise(clean, noise, walk.step());
        INDArray kept = mask.rsub(1);
        INDArray drawn = walk.sample().mul(mask);
        walk.replaceSample(proper.mul(kept).addi(drawn));
        Denoising.free(kept);
        Denoising.free(drawn);
        if (proper != clean) {
            Denoising.free(proper);
        }
    }

    @Override
    public void close() {
        Denoising.free(clean);
        Denoising.free(noise);
        Denoising.free(mask);
    }
}
