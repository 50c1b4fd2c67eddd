package org.diffusion4j.benchmarks;

import java.util.Random;
import org.diffusion4j.graph.UNetConfig;

/**
 * What a network is run on.
 *
 * @param sample standard normal, row-major
 * @param sampleShape [N, C, H, W]
 * @param timestep of each image, 0 to 999
 */
record Inputs(float[] sample, long[] sampleShape, float[] timestep) {
    /** The same ones for each peer. */
    static Inputs random(UNetConfig config, int batch) {
        int channels = config.inChannels();
        int height = config.sampleSize().height();
        int width = config.sampleSize().width();
        Random random = new Random(0);
        float[] sample = new float[batch * channels * height * width];
        for (int i = 0; i < sample.length; i++) {
            sample[i] = (float) random.nextGaussian();
        }
        float[] timestep = new float[batch];
        for (int i = 0; i < batch; i++) {
            timestep[i] = random.nextInt(1000);
        }
        return new Inputs(sample, new long[] {batch, channels, height, width}, timestep);
    }
}
