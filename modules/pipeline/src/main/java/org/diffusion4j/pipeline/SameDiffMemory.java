package org.diffusion4j.pipeline;

import java.util.Locale;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.weights.file.AvailableMemory;

/**
 * Estimates the memory of a forward pass by SameDiff in float32. SameDiff keeps arrays to use them again, so its memory is
 * nearer to the sum of all arrays than to what is needed at once. Compared with the resident memory of two networks (1.6
 * and 35.7 million parameters, batches of 1 to 64), the sum is right to within a quarter.
 *
 * @param weights the bytes of the weights
 * @param activations the bytes of the activations of the whole batch, and of the weights that are rearranged for the convolutions
 */
public record SameDiffMemory(long weights, long activations) {
    /** The measured number of arrays of its input's and its output's size that a residual block leaves behind. */
    private static final int ARRAYS_A_BLOCK = 5;

    /** The measured share of SameDiff's memory that OneDnnEngine needs. */
    static final double LEAST_SHARE = 0.4;

    /**
     * Estimates the memory of a network.
     *
     * @param config the network's options, with a sample size
     * @param parameters the number of its parameters
     * @param batch the number of images at once, at least 1; guidance doubles it
     * @return the estimate
     * @throws IllegalArgumentException if there is no sample size, or the batch is below 1
     */
    public static SameDiffMemory of(UNetConfig config, long parameters, int batch) {
        SampleSize size = config.sampleSize();
        if (size == null || batch < 1) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "memory: expected a sample size and a batch of at least 1, found %s and %d",
                    size,
                    batch));
        }
        double image = 0; // a double, since the product of large sizes overflows a long
        for (int level = 0; level < config.levels(); level++) {
            long pixels = (long) (size.height() >> level) * (size.width() >> level);
            image += ARRAYS_A_BLOCK * pixels * blockChannels(config, level);
            image += attentionBlocks(config, level) * attention(config, level, pixels);
        }
        return new SameDiffMemory(Float.BYTES * parameters, (long) (Float.BYTES * (batch * image + parameters)));
    }

    /**
     * Estimates how many images may go through a network at once on this machine.
     *
     * @param config the network's options, with a sample size
     * @return the number of images; 0 if not even one fits
     * @throws IllegalArgumentException if there is no sample size
     */
    public static long largestBatch(UNetConfig config) {
        return (long) (AvailableMemory.bytes() / (LEAST_SHARE * of(config, 0, 1).activations()));
    }

    /** The sum of the channels in and out of all residual blocks of a level. */
    private static double blockChannels(UNetConfig config, int level) {
        int layers = config.layersPerBlock();
        long channels = config.blockOutChannels().get(level);
        long above = config.blockOutChannels().get(Math.max(level - 1, 0));
        boolean last = level == config.levels() - 1;
        long below = config.blockOutChannels().get(last ? level : level + 1);
        long encoder = above + channels * (2L * layers - 1);
        long skips = config.skipConnections() ? channels * layers + above : 0;
        long decoder = below + channels * (2L * layers + 1) + skips;
        long bottleneck = last && config.midBlockType() != null ? 4 * channels : 0;
        return encoder + decoder + bottleneck;
    }

    private static long attentionBlocks(UNetConfig config, int level) {
        int last = config.levels() - 1;
        int layers = config.layersPerBlock();
        return (config.downBlockTypes().get(level).attends() ? layers : 0)
                + (config.upBlockTypes().get(last - level).attends() ? layers + 1L : 0)
                + (level == last && config.midBlockType() != null && config.addAttention() ? 1 : 0);
    }

    /** The scores before and after the softmax, and query, key, value and result. */
    private static double attention(UNetConfig config, int level, long pixels) {
        int channels = config.blockOutChannels().get(level);
        return 2.0 * config.heads(channels) * pixels * pixels + 4.0 * pixels * channels;
    }
}
