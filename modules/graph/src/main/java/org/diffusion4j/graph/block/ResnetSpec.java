package org.diffusion4j.graph.block;

import org.diffusion4j.graph.op.NormSpec;
import org.diffusion4j.graph.option.Activation;

/**
 * What a residual block computes, independent of its channels and image size.
 *
 * @param norm1 the norm before the first convolution
 * @param norm2 the norm before the second convolution
 * @param activation applied to the hidden state and to the embedding
 * @param time how the embedding enters
 * @param dropout the share of activations dropped before the second convolution, in [0, 1)
 */
public record ResnetSpec(NormSpec norm1, NormSpec norm2, Activation activation, TimeSpec time, double dropout) {}
