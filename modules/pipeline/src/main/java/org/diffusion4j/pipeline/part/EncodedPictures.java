package org.diffusion4j.pipeline.part;

import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Pictures as a diffusion model sees them, as far as they are known before random numbers are drawn. It owns its arrays. */
public interface EncodedPictures extends AutoCloseable {
    /**
     * How many pictures there are.
     *
     * @return at least 1
     */
    int count();

    /**
     * Draws samples of some of the pictures. Several calls draw different ones, if the samples are random at all.
     *
     * @param first the first picture, from 0; ignored if there is one for all
     * @param images how many samples
     * @param noise gives standard normal numbers, [images, C, h, w], for the shape (C, h, w) of a sample; it isn't asked if nothing
     *     is random
     * @return the network's samples, [images, C, h, w], which belong to the caller
     */
    INDArray draw(int first, int images, Function<long[], INDArray> noise);

    @Override
    void close();
}
