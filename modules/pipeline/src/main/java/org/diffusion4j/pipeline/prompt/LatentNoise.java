package org.diffusion4j.pipeline.prompt;

import org.diffusion4j.diffusion.noise.ImageNoise;
import org.diffusion4j.diffusion.noise.TorchGenerator;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Where the random numbers of a run come from, which asks for them in the order in which diffusers draws them. */
public interface LatentNoise {
    /**
     * Draws for several pictures at once.
     *
     * @param first the first of them, from 0
     * @param images how many, at least 1
     * @param shape the shape for one of them, (C, H, W)
     * @return standard normal numbers, [images, C, H, W], which belong to the caller
     */
    INDArray next(int first, int images, long... shape);

    /**
     * Draws for several pictures one after the other, if each has its own generator, and otherwise at once: so diffusers draws the
     * latents that an autoencoder gives.
     *
     * @param first the first of them, from 0
     * @param images how many, at least 1
     * @param shape the shape for one of them, (C, H, W)
     * @return standard normal numbers, [images, C, H, W], which belong to the caller
     */
    INDArray nextEach(int first, int images, long... shape);

    /**
     * Whether one generator draws for all pictures, which must then be drawn together.
     *
     * @return false if each picture has its own
     */
    boolean isOne();

    /**
     * The numbers of PyTorch's generators.
     *
     * @param request whose pictures are drawn
     * @return one generator for each picture, or one for all of them
     */
    static LatentNoise of(PromptRequest request) {
        return request.oneGenerator()
                ? new OneGenerator(new TorchGenerator(request.seeds().get(0)))
                : new GeneratorEach(ImageNoise.of(request.seeds()));
    }

    /** One generator for each picture. */
    record GeneratorEach(ImageNoise generators) implements LatentNoise {
        @Override
        public INDArray next(int first, int images, long... shape) {
            return generators.nextOf(first, images, shape);
        }

        @Override
        public INDArray nextEach(int first, int images, long... shape) {
            return generators.nextOf(first, images, shape);
        }

        @Override
        public boolean isOne() {
            return false;
        }
    }

    /** One generator for all pictures. */
    record OneGenerator(TorchGenerator generator) implements LatentNoise {
        @Override
        public INDArray next(int first, int images, long... shape) {
            return generator.randn(concat(images, shape));
        }

        @Override
        public INDArray nextEach(int first, int images, long... shape) {
            return next(first, images, shape);
        }

        @Override
        public boolean isOne() {
            return true;
        }

        private static long[] concat(int images, long... shape) {
            long[] all = new long[shape.length + 1];
            all[0] = images;
            System.arraycopy(shape, 0, all, 1, shape.length);
            return all;
        }
    }
}
