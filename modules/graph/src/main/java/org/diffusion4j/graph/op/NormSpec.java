package org.diffusion4j.graph.op;

import org.diffusion4j.graph.option.NormType;

/**
 * A normalisation.
 *
 * @param type which
 * @param groups of a group norm: a divisor of the channels; the other types don't look at it
 * @param eps added to the variance
 */
public record NormSpec(NormType type, int groups, double eps) {}
