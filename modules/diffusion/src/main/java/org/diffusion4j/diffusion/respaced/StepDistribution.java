package org.diffusion4j.diffusion.respaced;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The normal distribution of the sample after a step.
 *
 * @param denoised the clean sample that the network predicts, clipped if asked for
 * @param mean of each number
 * @param logVariance the logarithm of each number's variance
 */
public record StepDistribution(INDArray denoised, INDArray mean, INDArray logVariance) {}
