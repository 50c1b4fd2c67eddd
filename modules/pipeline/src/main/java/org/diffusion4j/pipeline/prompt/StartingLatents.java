package org.diffusion4j.pipeline.prompt;

import org.diffusion4j.pipeline.Denoising;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How a walk begins. This owns its arrays.
 *
 * @param latents the latents before its first step, [N, L, h, w]
 * @param further what the network sees beside the latents, [N, C, h, w]; null for nothing
 * @param blended what is put back after each step; null for nothing
 */
record StartingLatents(INDArray latents, INDArray further, BlendedLatents blended) implements AutoCloseable {
    @Override
    public void close() {
        Denoising.free(latents);
        Denoising.free(further);
        if (blended != null) {
            blended.close();
        }
    }
}
