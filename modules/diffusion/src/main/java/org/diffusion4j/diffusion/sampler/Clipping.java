package org.diffusion4j.diffusion.sampler;

import java.util.Arrays;
import org.apache.commons.math3.util.KthSelector;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Keeps a predicted clean sample in range, as a configuration asks for. */
final class Clipping {
    private Clipping() {}

    /** For configurations with both options: thresholding takes precedence over clipping. */
    static <C extends ClipOptions & ThresholdOptions> INDArray thresholdOrClip(C options, INDArray denoised) {
        return options.thresholding() ? threshold(options, denoised) : clip(options, denoised);
    }

    /** Clips an array of ours in place, if the configuration says so. */
    static INDArray clip(ClipOptions options, INDArray denoised) {
        if (options.clipSample()) {
            clip(denoised, options.clipSampleRange());
        }
        return denoised;
    }

    /** Clips an array of ours to ± a range, in place. */
    static INDArray clip(INDArray denoised, double range) {
        Transforms.max(denoised, -range, false);
        return Transforms.min(denoised, range, false);
    }

    /** Thresholds an array of ours, which is then freed; without thresholding the array itself is returned. */
    static INDArray threshold(ThresholdOptions options, INDArray denoised) {
        if (!options.thresholding()) {
            return denoised;
        }
        INDArray result = thresholded(options, denoised);
        denoised.close();
        return result;
    }

    /**
     * Dynamic thresholding (Saharia et al. 2022, arXiv:2205.11487, section 2.3): s is a quantile of an image's absolute
     * values, at least 1; the image is clipped to ±s and divided by s.
     */
    private static INDArray thresholded(ThresholdOptions config, INDArray denoised) {
        float[] values = denoised.dup('c').data().asFloat();
        int length = values.length / (int) denoised.size(0);
        for (int start = 0; start < values.length; start += length) {
            float quantile = absoluteQuantile(values, start, length, (float) config.dynamicThresholdingRatio());
            // This is PyTorch's order of the bounds: a sample_max_value below 1 wins over the lower bound of 1.
            float s = Math.min(Math.max(quantile, 1), (float) config.sampleMaxValue());
            for (int i = start; i < start + length; i++) {
                values[i] = Math.min(Math.max(values[i], -s), s) / s;
            }
        }
        return Nd4j.create(values, denoised.shape(), 'c');
    }

    /** PyTorch's quantile, with linear interpolation between the two nearest values. */
    private static float absoluteQuantile(float[] values, int start, int length, float ratio) {
        double[] magnitudes = new double[length];
        for (int i = 0; i < length; i++) {
            magnitudes[i] = Math.abs(values[start + i]);
        }
        float rank = ratio * (length - 1);
        int below = (int) rank;
        float weight = rank - below;
        // Most pictures need one of the largest values: sorting all of them would take several times as long.
        float lower = (float) new KthSelector().select(magnitudes, null, below);
        if (weight == 0) {
            return lower;
        }
        float upper = (float) Arrays.stream(magnitudes, below + 1, length).min().orElseThrow();
        return lower + weight * (upper - lower);
    }
}
