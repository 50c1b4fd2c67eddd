package org.diffusion4j.diffusion.noise;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
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

    private ImageNoise(List<Long> seeds) {
        generators = seeds.stream().map(TorchGenerator::new).toArray(TorchGenerator[]::new);
    }

    /**
     * The noise of images that have any seeds.
     *
     * @param seeds the seed of each image, at least one
     * @return the images' generators
     * @throws IllegalArgumentException if there are no images
     */
    public static ImageNoise of(List<Long> seeds) {
        if (seeds.isEmpty()) {
            throw new IllegalArgumentException("images: expected at least 1, found 0");
        }
        return new ImageNoise(seeds);
    }

    /**
     * Draws the next noise of every image.
     *
     * @param imageShape the shape of one image, (C,H,W)
     * @return standard normal numbers, [images,C,H,W], a new float array
     */
    public INDArray next(long... imageShape) {
        return nextOf(0, generators.length, imageShape);
    }

    /**
     * Draws the next noise of some of the images.
     *
     * @param first the first of them, from 0
     * @param images how many, at least 1
     * @param imageShape the shape of one image, (C,H,W)
     * @return standard normal numbers, [images,C,H,W], a new float array
     * @throws IndexOutOfBoundsException if there aren't so many images
     */
    public INDArray nextOf(int first, int images, long... imageShape) {
        Objects.checkFromIndexSize(first, images, generators.length);
        long[] shape = new long[imageShape.length + 1];
        shape[0] = images;
        System.arraycopy(imageShape, 0, shape, 1, imageShape.length);
        int length = Math.toIntExact(Arrays.stream(imageShape).reduce(1, Math::multiplyExact));
        float[] values = new float[Math.multiplyExact(images, length)];
        for (int image = 0; image < images; image++) {
            generators[first + image].fillNormal(values, image * length, length);
        }
        return Nd4j.create(values, shape, 'c');
    }
}
