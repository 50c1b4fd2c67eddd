package org.diffusion4j.pipeline.prompt;

import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.pipeline.Denoising;
import org.diffusion4j.pipeline.part.EncodedPictures;
import org.diffusion4j.pipeline.part.Rows;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Parts of a picture are drawn anew. A network that was made for it sees the mask and the latents of what is kept beside its own:
 * Rombach et al. 2022 (arXiv:2112.10752), section 4.5. With any other one, what is kept is put back after each step, with as much
 * noise as the next step expects: Lugmayr et al. 2022 (arXiv:2201.09865), equation 8. In both cases diffusers draws latents of
 * both the picture and what is kept of it. If there is one picture for all, its latents are drawn once, by the first generator.
 */
final class Inpainting implements LatentTask {
    private final EncodedPictures source;
    private final EncodedPictures kept;
    private final INDArray mask;
    private final boolean seesMask;
    private final boolean startsFromNoise;
    /** The latents of a picture that all share, once they are drawn. */
    private INDArray sharedSource;

    private INDArray sharedKept;

    /**
     * @param source the encoded pictures: one, or one for each that is drawn; null if they aren't needed
     * @param kept what is kept of them, encoded
     * @param mask 1 for what is drawn anew and 0 for what is kept, [1 or N, 1, h, w], in the latents' size; this owns it
     * @param seesMask whether the network sees the mask
     * @param startsFromNoise whether the walk begins with nothing but noise
     */
    Inpainting(EncodedPictures source, EncodedPictures kept, INDArray mask, boolean seesMask, boolean startsFromNoise) {
        this.source = source;
        this.kept = kept;
        this.mask = mask;
        this.seesMask = seesMask;
        this.startsFromNoise = startsFromNoise;
    }

    @Override
    public StartingLatents start(Part part) {
        boolean needsSource = !seesMask || !startsFromNoise;
        INDArray clean = null;
        if (needsSource) {
            sharedSource = shared(source, sharedSource, part);
            clean = latents(source, sharedSource, part);
        }
        INDArray noise = part.noise().next(part.first(), part.images(), part.shape());
        Sampler sampler = part.sampler();
        INDArray latents = startsFromNoise
                ? noise.mul(sampler.initNoiseSigma())
                : sampler.addNoise(clean, noise, part.firstStep());
        sharedKept = shared(kept, sharedKept, part);
        INDArray keptLatents = latents(kept, sharedKept, part);
        INDArray partMask = Rows.ofPictures(mask, part.first(), part.images());
        if (!seesMask) {
            Denoising.free(keptLatents);
            return new StartingLatents(latents, null, new BlendedLatents(clean, noise, partMask, sampler));
        }
        INDArray further = Nd4j.concat(1, partMask, keptLatents);
        Denoising.free(clean);
        Denoising.free(noise);
        Denoising.free(partMask);
        Denoising.free(keptLatents);
        return new StartingLatents(latents, further, null);
    }

    /** The latents of a picture that all share; null if each has its own. */
    private static INDArray shared(EncodedPictures pictures, INDArray drawn, Part part) {
        return pictures.count() > 1 || drawn != null ? drawn : part.encoded(pictures, 0, 1);
    }

    private static INDArray latents(EncodedPictures pictures, INDArray shared, Part part) {
        return shared != null
                ? Rows.ofPictures(shared, 0, part.images())
                : part.encoded(pictures, part.first(), part.images());
    }

    @Override
    public void close() {
        if (source != null) {
            source.close();
        }
        kept.close();
        Denoising.free(mask);
        Denoising.free(sharedSource);
        Denoising.free(sharedKept);
    }
}
