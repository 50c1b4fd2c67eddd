package org.diffusion4j.diffusion.noise;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The noise of a batch of images, each of which has its own generator. The generator of image i is seeded with seed + i,
 * and draws the image's initial noise and then the noise of each step, as diffusers does with {@code
 * generator=[torch.Generator().manual_seed(seed + i) …]}. So an image doesn't depend on the batch that it is drawn in. Not
 * safe for use by several threads.
 */
public final class ImageNoise {
    private final TorchGenerator[] generators;

    /**
     * @param seed the seed of the first image
     * @param images how many, at least 1
     * @throws IllegalArgumentException if there are no images
     */
    public ImageNoise(long seed, int images) {
        if (images < 1) {
            throw new IllegalArgumentException("images: expected at least 1, found " + images);
        }
        generators = new TorchGenerator[images];
        Arrays.setAll(generators, image -> new TorchGenerator(seed + image));
    }

    /**
     * Draws the next noise of every image.
     *
     * @param imageShape the shape of one image, (C,H,W)
     * @return standard normal numbers, [images,C,H,W], a new float array
     */
    public INDArray next(long... imageShape) {
        long[] shape = new long[imageShape.length + 1];
        shape[0] = generators.length;
        System.arraycopy(imageShape, 0, shape, 1, imageShape.length);
        int length = Math.toIntExact(Arrays.stream(imageShape).reduce(1, Math::multiplyExact));
        float[] values = new float[Math.multiplyExact(generators.length, length)];
        for (int image = 0; image < generators.length; image++) {
            generators[image].fillNormal(values, image * length, length);
        }
        return Nd4j.create(values, shape, 'c');
    }
}
