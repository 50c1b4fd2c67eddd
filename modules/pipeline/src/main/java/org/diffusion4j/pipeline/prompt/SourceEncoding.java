package org.diffusion4j.pipeline.prompt;

import org.diffusion4j.pipeline.Denoising;
import org.diffusion4j.pipeline.part.EncodedPictures;
import org.diffusion4j.pipeline.part.PictureCoder;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Encodes a source's pictures, before anything is drawn: an autoencoder isn't open while the denoising network is. */
final class SourceEncoding {
    private static final double MIDDLE = 0.5;

    private SourceEncoding() {}

    /** The task of a plan with a source. */
    static LatentTask task(PromptModel model, PromptPlan plan, PictureCoder coder) {
        PictureSource source = plan.request().source();
        INDArray image = source.image().mul(2).subi(1);
        try {
            if (plan.task() == PromptPlan.Task.IMAGE_TO_IMAGE) {
                return new ImageToImage(coder.encode(image));
            }
            return inpainting(model, plan, coder, image);
        } finally {
            Denoising.free(image);
        }
    }

    private static LatentTask inpainting(PromptModel model, PromptPlan plan, PictureCoder coder, INDArray image) {
        INDArray mask = plan.request().source().mask();
        boolean fromNoise = plan.strength() == 1;
        try (INDArray kept = kept(image, mask)) {
            boolean needsSource = !model.fillsIn() || !fromNoise;
            EncodedPictures whole = needsSource ? coder.encode(image) : null;
            return new Inpainting(
                    whole, coder.encode(kept), latentMask(mask, model.space().factor()), model.fillsIn(), fromNoise);
        }
    }

    /** Whether a mask's value says that a pixel is drawn anew. */
    private static boolean isDrawn(double value) {
        return value >= MIDDLE;
    }

    /** The pictures with grey, which is 0, where they are drawn anew. */
    static INDArray kept(INDArray image, INDArray mask) {
        int rows = Math.toIntExact(Math.max(image.size(0), mask.size(0)));
        int pixels = Math.toIntExact(image.size(2) * image.size(3));
        int channels = Math.toIntExact(image.size(1));
        float[] values = new float[rows * channels * pixels];
        float[] from = image.dup('c').data().asFloat();
        float[] masks = mask.dup('c').data().asFloat();
        for (int i = 0; i < values.length; i++) {
            int row = i / (channels * pixels);
            boolean drawn = isDrawn(masks[(mask.size(0) == 1 ? 0 : row * pixels) + i % pixels]);
            values[i] = drawn ? 0 : from[image.size(0) == 1 ? i % (channels * pixels) : i];
        }
        return Nd4j.create(values, new long[] {rows, channels, image.size(2), image.size(3)}, 'c');
    }

    /** A mask in the samples' size, by the nearest pixel: 1 where it is drawn anew and 0 where it isn't. */
    static INDArray latentMask(INDArray mask, int factor) {
        int rows = Math.toIntExact(mask.size(0));
        int height = Math.toIntExact(mask.size(2) / factor);
        int width = Math.toIntExact(mask.size(3) / factor);
        INDArray smaller = Nd4j.create(rows, 1, height, width);
        for (int row = 0; row < rows; row++) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    boolean drawn = isDrawn(mask.getDouble(row, 0, (long) y * factor, (long) x * factor));
                    smaller.putScalar(new int[] {row, 0, y, x}, drawn ? 1 : 0);
                }
            }
        }
        return smaller;
    }
}
