package org.diffusion4j.pipeline.part;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Makes samples of pictures and pictures of samples: what {@link SampleSpace#open} opens. */
public interface PictureCoder extends AutoCloseable {
    /**
     * Encodes pictures.
     *
     * @param pictures [N, C, H, W] in [-1, 1], with the space's {@linkplain SampleSpace#colours() colours}
     * @return what is known of their samples, which the caller closes
     */
    EncodedPictures encode(INDArray pictures);

    /**
     * Decodes samples.
     *
     * @param samples as a diffusion model has them, [N, L, h, w]
     * @return pictures in about [-1, 1], [N, C, H, W], which belong to the caller
     */
    INDArray decode(INDArray samples);

    @Override
    void close();
}
