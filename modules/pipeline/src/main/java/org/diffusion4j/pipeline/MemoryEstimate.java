package org.diffusion4j.pipeline;

import java.util.Locale;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.weights.AvailableMemory;

/**
 * What a forward pass by SameDiff needs in float32, about. SameDiff keeps the arrays that it has done with, to use them
 * again: so it is not what lives at once, but nearer to all that is computed. By the resident memory of two networks
 * (1.6 and 35.7 million parameters, batches of 1 to 64) the sum is right to a quarter.
 *
 * @param weights bytes
 * @param activations bytes for the whole batch, and for the weights as they are rearranged for the convolutions
 */
public record MemoryEstimate(long weights, long activations) {
    /** Arrays of its input's and its output's size that a residual block leaves behind, as measured. */
    private static final int ARRAYS_A_BLOCK = 5;

    /** What OneDnnEngine takes of what SameDiff does, as measured. */
    static final double LEAST_SHARE = 0.4;

    /**
     * The estimate for a network.
     *
     * @param config with a sample size
     * @param parameters how many it has
     * @param batch images at once, at least 1; guidance doubles them
     * @return the estimate
     * @throws IllegalArgumentException if there is no sample size, or no batch
     */
    public static MemoryEstimate of(UNetConfig config, long parameters, int batch) {
        SampleSize size = config.sampleSize();
        if (size == null || batch < 1) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "memory: expected a sample size and a batch of at least 1, found %s and %d",
                    size,
                    batch));
        }
        double image = 0; // what large sizes multiply to is beyond long's range
        for (int level = 0; level < config.levels(); level++) {
            long pixels = (long) (size.height() >> level) * (size.width() >> level);
            image += ARRAYS_A_BLOCK * pixels * blockChannels(config, level);
            image += attentionBlocks(config, level) * attention(config, level, pixels);
        }
        return new MemoryEstimate(Float.BYTES * parameters, (long) (Float.BYTES * (batch * image + parameters)));
    }

    /**
     * The images that may go through a network at once on this machine, about.
     *
     * @param config with a sample size
     * @return 0 where not even one fits
     * @throws IllegalArgumentException if there is no sample size
     */
    public static long largestBatch(UNetConfig config) {
        return (long) (AvailableMemory.bytes() / (LEAST_SHARE * of(config, 0, 1).activations()));
    }

    /** The channels in and out of all residual blocks of a level. */
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

    /** Scores before and after the softmax; query, key, value and what they give. */
    private static double attention(UNetConfig config, int level, long pixels) {
        int channels = config.blockOutChannels().get(level);
        return 2.0 * config.heads(channels) * pixels * pixels + 4.0 * pixels * channels;
    }
}
