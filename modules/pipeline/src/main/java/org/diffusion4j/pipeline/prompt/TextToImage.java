package org.diffusion4j.pipeline.prompt;

import org.nd4j.linalg.api.ndarray.INDArray;

/** The walk begins with noise. */
final class TextToImage implements LatentTask {
    @Override
    public StartingLatents start(Part part) {
        INDArray noise = part.noise().next(part.first(), part.images(), part.shape());
        return new StartingLatents(noise.muli(part.sampler().initNoiseSigma()), null, null);
    }
}
