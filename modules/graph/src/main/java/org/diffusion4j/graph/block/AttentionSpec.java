package org.diffusion4j.graph.block;

/**
 * The projections of an attention block.
 *
 * @param heads number of heads
 * @param headDim width of a head; heads·headDim may differ from the channels
 * @param qkvBias whether query, key and value have biases
 */
public record AttentionSpec(int heads, int headDim, boolean qkvBias) {}
