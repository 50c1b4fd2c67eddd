package org.diffusion4j.graph.op;

import org.diffusion4j.graph.option.NormType;

/**
 * A normalisation.
 *
 * @param type the kind of normalisation
 * @param groups the number of groups of a group norm, a divisor of the channels; other types ignore it
 * @param eps added to the variance
 */
public record NormSpec(NormType type, int groups, double eps) {}
