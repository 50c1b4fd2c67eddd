package org.diffusion4j.zoo;

import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;

/**
 * What a forward pass in float32 needs, about: the weights, and the activations that live at once where they are most.
 *
 * @param weights bytes
 * @param activations bytes for the whole batch
 */
public record MemoryEstimate(long weights, long activations) {
    /** Arrays of a block's input that live at once while a norm is computed: itself, centred, squared, the result. */
    private static final int NORM_ARRAYS = 4;

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
            throw new IllegalArgumentException(
                    "memory: expected a sample size and a batch of at least 1, found %s and %d".formatted(size, batch));
        }
        long held = 0;
        long most = 0;
        for (int level = 0; level < config.levels(); level++) {
            long pixels = (long) (size.height() >> level) * (size.width() >> level);
            held += pixels * skipChannels(config, level);
            // The decoder holds the skips of all levels above when it is at this one.
            most = Math.max(most, held + block(config, level, pixels));
        }
        return new MemoryEstimate(Float.BYTES * parameters, (long) Float.BYTES * batch * most);
    }

    private static long skipChannels(UNetConfig config, int level) {
        int above = config.blockOutChannels().get(Math.max(level - 1, 0));
        return (long) config.layersPerBlock() * config.blockOutChannels().get(level) + above;
    }

    /** A residual block of the decoder, whose input is the concatenated one, or its attention. */
    private static long block(UNetConfig config, int level, long pixels) {
        int channels = config.blockOutChannels().get(level);
        int below = config.blockOutChannels().get(Math.min(level + 1, config.levels() - 1));
        long resnet = pixels * (NORM_ARRAYS * ((long) below + channels) + channels);
        boolean attends = config.downBlockTypes().get(level).attends()
                || config.upBlockTypes().get(config.levels() - 1 - level).attends()
                || (level == config.levels() - 1 && config.midBlockType() != null && config.addAttention());
        // Scores before and after the softmax, query, key, value and what they give.
        long attention = attends ? 2L * config.heads(channels) * pixels * pixels + 4 * pixels * channels : 0;
        return Math.max(resnet, attention);
    }
}
