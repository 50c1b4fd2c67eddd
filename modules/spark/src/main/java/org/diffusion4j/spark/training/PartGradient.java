package org.diffusion4j.spark.training;

import java.io.Serializable;
import org.diffusion4j.training.StepGradients;

/**
 * What a part of a step came to.
 *
 * @param losses of its batches
 * @param sum of their gradients, laid out as the parameters are; null where a loss isn't finite
 */
record PartGradient(StepGradients.Losses losses, VectorBytes sum) implements Serializable {}
