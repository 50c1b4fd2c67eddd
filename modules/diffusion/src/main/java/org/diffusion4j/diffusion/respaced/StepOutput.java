package org.diffusion4j.diffusion.respaced;

import java.util.Arrays;
import java.util.Locale;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * What a network gives for a step: groups of as many channels as a sample has.
 *
 * @param learned whether the second group is for a learned variance
 * @param guided whether the last group is the gradient of a classifier: that of log p(y|x) with respect to the sample, times the
 *     scale of guidance
 */
public record StepOutput(boolean learned, boolean guided) {
    private int groups() {
        return 1 + (learned ? 1 : 0) + (guided ? 1 : 0);
    }

    /** Refuses an output of another number of channels. */
    void check(INDArray output, INDArray sample) {
        long expected = groups() * sample.size(1);
        if (output.rank() != sample.rank() || output.size(0) != sample.size(0) || output.size(1) != expected) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "model output: expected %d channels, found %s for samples %s",
                    expected,
                    Arrays.toString(output.shape()),
                    Arrays.toString(sample.shape())));
        }
    }

    /** What the network predicts: noise or the clean sample. */
    INDArray prediction(INDArray output, INDArray sample) {
        return group(output, sample, 0);
    }

    /** What it says of the variance: -1 for the least one, 1 for the largest. */
    INDArray variance(INDArray output, INDArray sample) {
        return group(output, sample, 1);
    }

    INDArray gradient(INDArray output, INDArray sample) {
        return group(output, sample, groups() - 1);
    }

    private static INDArray group(INDArray output, INDArray sample, int group) {
        long channels = sample.size(1);
        INDArrayIndex[] indices = NDArrayIndex.createCoveringShape(output.shape());
        indices[1] = NDArrayIndex.interval(group * channels, (group + 1) * channels);
        return output.get(indices).dup('c');
    }
}
