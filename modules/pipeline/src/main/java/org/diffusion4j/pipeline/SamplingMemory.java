package org.diffusion4j.pipeline;

import java.util.Locale;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;

/**
 * Decides by the available memory, before anything is drawn, how many images go through a network at once, and whether the
 * pictures that are asked for fit.
 *
 * @param device the bytes for arrays
 * @param heap the bytes for Java's objects
 */
record SamplingMemory(long device, long heap) {
    /** The number of images at once if there is enough memory; guidance doubles it. */
    private static final int BATCH = 20;

    /** The bytes of a picture's objects besides its pixels. */
    private static final long PICTURE = 2048;

    /**
     * The number of images at once for a request.
     *
     * @param config the network's options
     * @param size the size of the pictures
     * @param images the number of images that are asked for
     * @param guided whether each image goes through the network twice
     * @return at least 1
     * @throws Diffusion4jException if not even one fits, or all pictures together don't fit into memory
     */
    int batch(UNetConfig config, SampleSize size, int images, boolean guided) {
        long pixels = (long) size.height() * size.width();
        // The bytes count twice, since a grid is made from the pictures. The samples are floats outside of the heap.
        long picture = PICTURE + 2L * config.inChannels() * pixels;
        long held = Math.min(heap / picture, device / (pixels * config.inChannels() * Float.BYTES));
        if (images > held) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "images: expected at most %d of %dx%d, which memory holds, found %d",
                    held,
                    size.width(),
                    size.height(),
                    images));
        }
        UNetConfig sized = config.toBuilder().sampleSize(size).build();
        long image = SameDiffMemory.of(sized, 0, 1).activations();
        long once = guided && image <= Long.MAX_VALUE / 2 ? 2 * image : image;
        if (SameDiffMemory.LEAST_SHARE * image > device) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "memory: expected at most %.1f GB, found that a picture of %dx%d takes this network about %.3g GB",
                    device / 1e9,
                    size.width(),
                    size.height(),
                    SameDiffMemory.LEAST_SHARE * image / 1e9));
        }
        return (int) Math.max(1, Math.min(BATCH, device / 2 / once));
    }
}
