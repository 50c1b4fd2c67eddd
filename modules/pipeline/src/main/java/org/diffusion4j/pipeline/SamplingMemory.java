package org.diffusion4j.pipeline;

import java.util.Locale;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;

/**
 * How many images go through a network at once, and whether the pictures that are asked for can be held, by the memory
 * that there is: before anything is drawn.
 *
 * @param device bytes for arrays
 * @param heap bytes for Java's objects
 */
record SamplingMemory(long device, long heap) {
    /** Images at once where memory is no question; guidance doubles them. */
    private static final int BATCH = 20;

    /** A picture's objects beside its pixels. */
    private static final long PICTURE = 2048;

    /**
     * The images at once for a request.
     *
     * @param config the network's options
     * @param size of the pictures
     * @param images how many are asked for
     * @param guided whether each goes through the network twice
     * @return at least 1
     * @throws Diffusion4jException if not even one fits, or all together can't be held
     */
    int batch(UNetConfig config, SampleSize size, int images, boolean guided) {
        long pixels = (long) size.height() * size.width();
        // The bytes twice, as a grid is made of the pictures; the samples are floats outside of the heap.
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
        long image = MemoryEstimate.of(sized, 0, 1).activations();
        long once = guided && image <= Long.MAX_VALUE / 2 ? 2 * image : image;
        if (MemoryEstimate.LEAST_SHARE * image > device) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "memory: expected at most %.1f GB, found that a picture of %dx%d takes this network about %.3g GB",
                    device / 1e9,
                    size.width(),
                    size.height(),
                    MemoryEstimate.LEAST_SHARE * image / 1e9));
        }
        return (int) Math.max(1, Math.min(BATCH, device / 2 / once));
    }
}
