package org.diffusion4j.graph.block;

import org.diffusion4j.graph.op.NormSpec;
import org.diffusion4j.graph.option.Activation;

/**
 * What a residual block computes, whatever its size.
 *
 * @param norm1 before the first convolution
 * @param norm2 before the second one
 * @param activation of the hidden state and of the embedding
 * @param time how the embedding enters
 * @param dropout share dropped before the second convolution, in [0, 1)
 */
public record ResnetSpec(NormSpec norm1, NormSpec norm2, Activation activation, TimeSpec time, double dropout) {}
