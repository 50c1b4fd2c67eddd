package org.diffusion4j.pipeline.prompt;

import org.diffusion4j.pipeline.Denoising;
import org.diffusion4j.pipeline.part.EncodedPictures;
import org.diffusion4j.pipeline.part.Rows;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The walk begins with a picture to which noise was added: Meng et al. 2022, SDEdit (arXiv:2108.01073). If all pictures are drawn
 * from one, each has latents of its own, unless one generator draws them.
 *
 * @param source the encoded pictures: one, or one for each that is drawn
 */
record ImageToImage(EncodedPictures source) implements LatentTask {
    @Override
    public StartingLatents start(Part part) {
        INDArray clean = clean(part);
        INDArray noise = part.noise().next(part.first(), part.images(), part.shape());
        try {
            return new StartingLatents(part.sampler().addNoise(clean, noise, part.firstStep()), null, null);
        } finally {
            Denoising.free(clean);
            Denoising.free(noise);
        }
    }

    private INDArray clean(Part part) {
        if (source.count() > 1 || !part.noise().isOne()) {
            return part.encoded(source, part.first(), part.images());
        }
        try (INDArray one = part.encoded(source, 0, 1)) {
            return Rows.ofPictures(one, 0, part.images());
        }
    }

    @Override
    public void close() {
        source.close();
    }
}
